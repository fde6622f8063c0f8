import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { fieldDiff, refusal, ruleDiff } from "../change-text.ts";
import { exitCodes } from "../exit-code.ts";
import { readManifests } from "../manifest-files.ts";
import {
  contextOption,
  controllerOption,
  fileOption,
  pruneOption,
  selectorOption,
} from "../options.ts";
import { type PruneFlags, pruneRequest } from "../prune.ts";
import type { ContextFlags } from "../select-context.ts";
import type { Session } from "../session.ts";

export function addDiff(program: CommandUnknownOpts, session: Session): void {
  program
    .command("diff")
    .summary("show what apply would change, without changing it")
    .description(
      "Show which fields differ from the newest revision, and which rules that changes on which host. " +
        "Exit code 0: nothing would change; 1: something would; 2: the manifests are refused.",
    )
    .addOption(fileOption)
    .addOption(pruneOption)
    .addOption(selectorOption)
    .addOption(contextOption)
    .addOption(controllerOption)
    .action((options) => diff(options, session));
}

interface DiffOptions extends ContextFlags, PruneFlags {
  readonly filename: readonly string[];
}

async function diff(options: DiffOptions, session: Session): Promise<void> {
  const prune = pruneRequest(options);
  const files = await readManifests(options.filename, session.terminal.stdin);
  const response = await session.withConnection(options, (connection) =>
    connection.apply({ files: [...files], dryRun: true, ...prune }),
  );
  if (refusal(response.issues, session)) {
    session.exitCode = exitCodes.error;
    return;
  }
  const changes = response.changes.filter(({ action }) => action !== "UNCHANGED");
  if (changes.length === 0) {
    session.say("No differences.");
    return;
  }
  for (const change of changes) session.print(fieldDiff(change, session.paint));
  for (const host of response.hosts) session.print(ruleDiff(host, session.paint));
  if (response.hosts.length === 0) session.say("No host's rules change.");
  session.say(`Apply exactly this: ${applyCommand(options, response.revision)}`);
  session.exitCode = exitCodes.no;
}

/** The same files against the same revision. */
function applyCommand(options: DiffOptions, revision: number): string {
  const words = ["seawall", "apply", ...options.filename.flatMap((path) => ["-f", path])];
  if (options.prune === true) words.push("--prune", "-l", options.selector ?? "");
  if (revision > 0) words.push("--if-revision", String(revision));
  return words.map(shellWord).join(" ");
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
