import { commentMark } from "./chained-hash.ts";
import { isBehindDocker, jumpsInFilter, jumpsInNat } from "./docker-jumps.ts";
import { hooksOf } from "./hooks.ts";
import { isOwnChain, type PerTable, perTable, type Table, tables } from "./ruleset.ts";
import type { Variant } from "./variant.ts";

/** A rule as the kernel has it. Its text is only ever compared with what was read before, or given back to delete it. */
interface ObservedRule {
  /** From our comment; absent on a rule that is not ours. */
  readonly hash?: string;
  /** What follows `-A CHAIN `. */
  readonly text: string;
  readonly packets: number;
  readonly bytes: number;
}

export interface ObservedChain {
  readonly name: string;
  readonly rules: readonly ObservedRule[];
  /** A rule in a chain that is not ours jumps here, so the kernel will not let it be deleted. */
  readonly heldByOthers: boolean;
}

/** What matters to us of one table. A table that is not there reads as an empty one. */
export interface ObservedTable {
  /** Chains that bear our name. */
  readonly chains: ReadonlyMap<string, ObservedChain>;
  /** Rules that lead into our chains, in order, by the chain of a hook that they stand in. */
  readonly jumps: ReadonlyMap<string, readonly ObservedJump[]>;
}

/** What matters to us of one family's tables. */
export interface ObservedFamily {
  /** Whose tables these are. */
  readonly variant: Variant;
  /** Tables that this kernel cannot have. */
  readonly lacks: ReadonlySet<Table>;
  readonly tables: PerTable<ObservedTable>;
  /** Sets that rules in our chains name. */
  readonly setsInUse: ReadonlySet<string>;
  readonly dockerUser?: ObservedDockerUser;
  readonly forward: ObservedForward;
  /** Docker's own chain DOCKER is there: an engine keeps iptables rules in this family. */
  readonly dockerRules: boolean;
  /** FORWARD leads to a chain of Docker's own, besides DOCKER-USER. */
  readonly dockerLedTo: boolean;
  /** What leads to Docker's own chains in filter and nat, with the chain that it stands in. */
  readonly dockerJumps: readonly string[];
  /** nat was printed too. */
  readonly isNatRead: boolean;
  /** DOCKER-FORWARD is there: an engine (28 and newer) that looks after DOCKER-USER in this family. */
  readonly dockerForward: boolean;
}

const ownOfDocker = / ?-j DOCKER(?!-USER$)(-\S+)?$/;

interface ObservedJump {
  /** 1-based. */
  readonly position: number;
  readonly text: string;
}

interface ObservedDockerUser {
  /** A bare RETURN, as engines before 28 put there. */
  readonly returns: number;
  /** Rules of others. */
  readonly foreign: number;
  /** Something besides Docker's jump in FORWARD jumps here. */
  readonly heldByOthers: boolean;
}

interface ObservedForward {
  readonly rules: number;
  /** Where Docker's bare `-j DOCKER-USER` stands, 1-based. */
  readonly jumps: readonly number[];
  /** It is not the first rule, and all that stand ahead of it are such as Docker makes. */
  readonly isBehindDocker: boolean;
  /** What no rule of it decides is dropped. */
  readonly dropsTheRest: boolean;
}

/** Reads our tables from what `iptables-save -c` of a variant prints. Others are skipped. */
export function parseSave(
  text: string,
  variant: Variant,
  lacks: ReadonlySet<Table> = new Set(),
): ObservedFamily {
  const saved = parseTables(text);
  const { filter } = saved;
  const forward = filter.get("FORWARD") ?? [];
  const dockerUser = filter.get("DOCKER-USER");
  const nat = jumpsInNat(text);
  const own = tables.flatMap((table) => [...saved[table]].filter(([name]) => isOwnChain(name)));
  return {
    variant,
    lacks,
    tables: perTable((table) => observeTable(table, saved[table])),
    setsInUse: new Set(own.flatMap(([, rules]) => rules.flatMap(({ text }) => setsOf(text)))),
    ...(dockerUser === undefined
      ? {}
      : { dockerUser: observeDockerUser(dockerUser, heldByOthers("filter", filter)) }),
    forward: {
      rules: forward.length,
      jumps: forward.flatMap(({ text }, index) => (text === dockerJump ? [index + 1] : [])),
      isBehindDocker: isBehindDocker(forward.map(({ text }) => text)),
      dropsTheRest: dropsForwarded(text),
    },
    dockerRules: filter.has("DOCKER"),
    dockerLedTo: forward.some(({ text }) => ownOfDocker.test(text)),
    dockerJumps: [...jumpsInFilter(filter), ...(nat ?? [])],
    isNatRead: nat !== undefined,
    dockerForward: filter.has("DOCKER-FORWARD"),
  };
}

function observeTable(table: Table, saved: SavedTable): ObservedTable {
  const held = heldByOthers(table, saved);
  const own = [...saved].filter(([name]) => isOwnChain(name));
  return {
    chains: new Map(
      own.map(([name, rules]) => [name, { name, rules, heldByOthers: held.has(name) }]),
    ),
    jumps: new Map(hooksOf(table).map(({ parent }) => [parent, jumpsIn(saved.get(parent) ?? [])])),
  };
}

/** Nothing of ours stands there, and nothing of Docker's. */
export function holdsNothing(found: ObservedFamily | "absent"): boolean {
  if (found === "absent") return true;
  const isEmpty = ({ chains, jumps }: ObservedTable) =>
    chains.size === 0 && [...jumps.values()].every((there) => there.length === 0);
  return !found.dockerRules && tables.every((table) => isEmpty(found.tables[table]));
}

type SavedTable = ReadonlyMap<string, readonly ObservedRule[]>;

const dockerJump = "-j DOCKER-USER";

function jumpsIn(rules: readonly ObservedRule[]): readonly ObservedJump[] {
  return rules.flatMap(({ text }, index) => {
    const chain = jumpOf(text);
    return chain !== undefined && isOwnChain(chain) ? [{ position: index + 1, text }] : [];
  });
}

function observeDockerUser(
  rules: readonly ObservedRule[],
  held: ReadonlySet<string>,
): ObservedDockerUser {
  const returns = rules.filter(({ text }) => text === "-j RETURN").length;
  const foreign = rules.length - jumpsIn(rules).length - returns;
  return { returns, foreign, heldByOthers: held.has("DOCKER-USER") };
}

// Jumps from our own chains come and go with them; those from a hook's chain into ours are ours to remove.
function heldByOthers(table: Table, saved: SavedTable): ReadonlySet<string> {
  const held = new Set<string>();
  const parents = hooksOf(table).map(({ parent }): string => parent);
  for (const [from, rules] of saved) {
    if (isOwnChain(from)) continue;
    for (const { text } of rules) {
      const to = jumpOf(text);
      if (to === undefined) continue;
      const removable = parents.includes(from) && isOwnChain(to);
      if (!removable && !(from === "FORWARD" && text === dockerJump)) held.add(to);
    }
  }
  return held;
}

function jumpOf(text: string): string | undefined {
  return / (?:-j|-g) (\S+)/.exec(` ${withoutComment(text)}`)?.[1];
}

function setsOf(text: string): readonly string[] {
  // Most rules name none, and there can be thousands of them.
  if (!text.includes("--match-set")) return [];
  return [...withoutComment(text).matchAll(/ --match-set (\S+) /g)].map(([, name = ""]) => name);
}

// It may contain anything, also the words of a jump.
function withoutComment(text: string): string {
  return text.replace(/--comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, "");
}

function dropsForwarded(text: string): boolean {
  // Chains are printed ahead of rules; other tables have a FORWARD too.
  return /^\*filter\n(?::.*\n)*?:FORWARD (\S+)/m.exec(text)?.[1] === "DROP";
}

const chainLine = /^:(\S+) /;
const ruleLine = /^\[(\d+):(\d+)\] -A (\S+) ?(.*)$/;
const ownComment = new RegExp(`--comment "?${commentMark}([A-Za-z0-9_-]{16})[ "]`);

function parseTables(text: string): PerTable<SavedTable> {
  const saved = perTable(() => new Map<string, ObservedRule[]>());
  let chains: Map<string, ObservedRule[]> | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) {
      const table = tables.find((one) => line === `*${one}`);
      chains = table === undefined ? undefined : saved[table];
    }
    if (chains === undefined) continue;
    const chain = chainLine.exec(line)?.[1];
    if (chain !== undefined) chains.set(chain, []);
    const rule = ruleLine.exec(line);
    if (rule === null) continue;
    const [, packets = "", bytes = "", name = "", body = ""] = rule;
    const hash = ownComment.exec(body)?.[1];
    const read = { text: body, packets: Number(packets), bytes: Number(bytes) };
    // A literal that begins with `...` is slow to add to (V8 of Node 20): all of this took two to four times as long.
    chains.get(name)?.push(hash === undefined ? read : { hash, ...read });
  }
  return saved;
}
