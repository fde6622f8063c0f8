import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseDuration } from "@seawall/policy";

// One definition per flag that several commands take, so that they are spelt, parsed and documented alike.

export const contextOption = new Option("--context <name>", "context to use (or SEAWALL_CONTEXT)");
export const controllerOption = new Option(
  "--controller <host:port>",
  "controller to call instead of the context's (or SEAWALL_CONTROLLER)",
);
export const selectorOption = new Option(
  "-l, --selector <labels>",
  "only what these labels select: env=prod,role in (app,db),!legacy",
);
const fileFlags = "-f, --filename <path...>";
const fileWords = "manifest file, directory of manifests, or - for standard input";
export const fileOption = new Option(fileFlags, fileWords).makeOptionMandatory();
export const optionalFileOption = new Option(fileFlags, fileWords);
export const dryRunOption = new Option("--dry-run", "say what would change, change nothing");
export const ifRevisionOption = new Option(
  "--if-revision <n>",
  "only if this is still the newest revision, 0 if there is none yet; else exit 4",
).argParser(revisionOrNone);
export const pruneOption = new Option(
  "--prune",
  "also delete what --selector selects and the files do not name",
);
export const messageOption = new Option("-m, --message <text>", "why; kept with the revision");
export function hostModeOption(description: string) {
  return new Option("--mode <mode>", description).choices(["Enforce", "Audit"] as const);
}
export function timeoutOption() {
  return new Option("--timeout <duration>", "wait at most this long")
    .default(300_000, "5m")
    .argParser(duration);
}
export const jsonOption = new Option("-o, --output <format>", "table or json")
  .choices(["table", "json"] as const)
  .default("table" as const);

/** The wire takes 32 bits; a larger number would become a small one. */
const LARGEST = 2 ** 32 - 1;

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("It must be a whole number, 1 or more.");
  }
  if (value > LARGEST) throw new InvalidArgumentError(`It must be at most ${LARGEST}.`);
  return value;
}

/** A revision, or 0: the fleet before the first. */
export function revisionOrNone(text: string): number {
  if (text === "0") return 0;
  if (!/^[1-9]\d*$/.test(text))
    throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  return wholeNumber(text);
}

export function portNumber(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError("It must be a port, 1 to 65535.");
  return value;
}

/** What is longer would wrap around on the wire, in seconds, and become something short. */
const LONGEST_MS = 3_650 * 86_400_000;

/** In milliseconds. */
export function duration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds === 0) {
    throw new InvalidArgumentError("Write it as 90s, 30m, 12h or 7d.");
  }
  if (milliseconds > LONGEST_MS) throw new InvalidArgumentError("It must be at most 3650d.");
  return milliseconds;
}

/** For a flag that may be given several times: `--label env=prod --label role=db`. */
export function labelPair(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError("Write it as key=value.");
  }
  return { ...before, [key]: value };
}

export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
