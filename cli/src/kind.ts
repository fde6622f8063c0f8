import { CommandFailure, exitCodes } from "./exit-code.ts";

export const kindNames = [
  "Host",
  "FleetPolicy",
  "AddressGroup",
  "RolloutStrategy",
  "Revision",
  "Network",
] as const;
export type KindName = (typeof kindNames)[number];

export interface Kind {
  readonly kind: KindName;
  /** What people call one of them. */
  readonly noun: string;
  /** What people call all of them; as `get` takes it. */
  readonly plural: string;
  /** In `prefix/name`. */
  readonly prefix: string;
  readonly shortNames: readonly string[];
}

export const kinds: readonly Kind[] = [
  { kind: "Host", noun: "host", plural: "hosts", prefix: "host", shortNames: ["ho"] },
  {
    kind: "FleetPolicy",
    noun: "policy",
    plural: "policies",
    prefix: "fleetpolicy",
    shortNames: ["pol", "fleetpolicies"],
  },
  {
    kind: "AddressGroup",
    noun: "addressgroup",
    plural: "addressgroups",
    prefix: "addressgroup",
    shortNames: ["ag"],
  },
  {
    kind: "RolloutStrategy",
    noun: "rolloutstrategy",
    plural: "rolloutstrategies",
    prefix: "rolloutstrategy",
    shortNames: ["rs"],
  },
  {
    kind: "Revision",
    noun: "revision",
    plural: "revisions",
    prefix: "revision",
    shortNames: ["rev"],
  },
  { kind: "Network", noun: "network", plural: "networks", prefix: "network", shortNames: ["net"] },
];

export interface Target {
  readonly kind: Kind;
  /** Empty = all of the kind. */
  readonly names: readonly string[];
}

/**
 * `hosts`, `host NAME…` or `host/NAME…`, as kubectl takes them.
 * @throws CommandFailure for a kind that is not among `allowed`, or two kinds at once.
 */
export function parseTarget(
  words: readonly string[],
  allowed: readonly KindName[] = kindNames,
): Target {
  const [first = ""] = words;
  if (!first.includes("/")) {
    return { kind: findKind(first, allowed), names: words.slice(1).map(checkName) };
  }
  const pairs = words.map((word) => splitPair(word, allowed));
  const [pair] = pairs;
  if (pair === undefined || pairs.some(({ kind }) => kind !== pair.kind)) {
    throw usage(`name objects of one kind at a time, not ${words.join(" ")}`);
  }
  return { kind: pair.kind, names: pairs.map(({ name }) => name) };
}

function splitPair(word: string, allowed: readonly KindName[]) {
  const [kind = "", name = "", ...rest] = word.split("/");
  if (name === "" || rest.length > 0) throw usage(`"${word}" is not KIND/NAME`);
  return { kind: findKind(kind, allowed), name };
}

function checkName(name: string): string {
  if (name === "" || name.includes("/")) throw usage(`"${name}" is not a name`);
  return name;
}

function findKind(word: string, allowed: readonly KindName[]): Kind {
  const wanted = word.toLowerCase();
  const found = kinds.find(
    (kind) =>
      kind.noun === wanted ||
      kind.plural === wanted ||
      kind.prefix === wanted ||
      kind.shortNames.includes(wanted),
  );
  if (found !== undefined && allowed.includes(found.kind)) return found;
  const choice = kinds.filter(({ kind }) => allowed.includes(kind)).map(({ plural }) => plural);
  throw usage(`"${word}" is not one of the kinds ${choice.join(", ")}`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exitCodes.error, `Error: ${message}`);
}

/** `fleetpolicy/web`: how an object is named in output, and may be named in input. */
export function objectName(kind: string, name: string): string {
  const prefix = kinds.find((entry) => entry.kind === kind)?.prefix ?? kind.toLowerCase();
  return `${prefix}/${name}`;
}
