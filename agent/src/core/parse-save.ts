import { commentMark } from "./hash.ts";
import { hooks } from "./hooks.ts";
import { isOwnChain } from "./ruleset.ts";

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

/** What matters to us of one family's filter table. */
export interface ObservedFilter {
  /** Chains that bear our name. */
  readonly chains: ReadonlyMap<string, ObservedChain>;
  /** Rules that lead into our chains, in order, by the chain of a hook that they stand in. */
  readonly jumps: ReadonlyMap<string, readonly ObservedJump[]>;
  /** Sets that rules in our chains name. */
  readonly setsInUse: ReadonlySet<string>;
  readonly dockerUser?: ObservedDockerUser;
  readonly forward: ObservedForward;
  /** Docker's own chain DOCKER is there: an engine keeps iptables rules in this family. */
  readonly dockerRules: boolean;
  /** DOCKER-FORWARD is there: an engine (28 and newer) that looks after DOCKER-USER in this family. */
  readonly dockerForward: boolean;
}

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
}

/** Reads the filter table from what `iptables-save -c` prints. Other tables are skipped. */
export function parseSave(text: string): ObservedFilter {
  const table = parseFilterTable(text);
  const forward = table.get("FORWARD") ?? [];
  const dockerUser = table.get("DOCKER-USER");
  const held = chainsHeldByOthers(table);
  const own = [...table].filter(([name]) => isOwnChain(name));
  return {
    chains: new Map(
      own.map(([name, rules]) => [name, { name, rules, heldByOthers: held.has(name) }]),
    ),
    jumps: new Map(hooks.map(({ parent }) => [parent, jumpsIn(table.get(parent) ?? [])])),
    setsInUse: new Set(own.flatMap(([, rules]) => rules.flatMap(({ text }) => setsOf(text)))),
    ...(dockerUser === undefined
      ? {}
      : { dockerUser: observeDockerUser(dockerUser, held.has("DOCKER-USER")) }),
    forward: {
      rules: forward.length,
      jumps: forward.flatMap(({ text }, index) => (text === dockerJump ? [index + 1] : [])),
    },
    dockerRules: table.has("DOCKER"),
    dockerForward: table.has("DOCKER-FORWARD"),
  };
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
  heldByOthers: boolean,
): ObservedDockerUser {
  const returns = rules.filter(({ text }) => text === "-j RETURN").length;
  return { returns, foreign: rules.length - jumpsIn(rules).length - returns, heldByOthers };
}

// Jumps from our own chains come and go with them; those from a hook's chain into ours are ours to remove.
function chainsHeldByOthers(table: SavedTable): ReadonlySet<string> {
  const held = new Set<string>();
  for (const [from, rules] of table) {
    if (isOwnChain(from)) continue;
    for (const { text } of rules) {
      const to = jumpOf(text);
      if (to === undefined) continue;
      const removable = hooks.some(({ parent }) => parent === from) && isOwnChain(to);
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

const chainLine = /^:(\S+) /;
const ruleLine = /^\[(\d+):(\d+)\] -A (\S+) ?(.*)$/;
const ownComment = new RegExp(`--comment "?${commentMark}([A-Za-z0-9_-]{16})[ "]`);

function parseFilterTable(text: string): SavedTable {
  const table = new Map<string, ObservedRule[]>();
  let inFilter = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) inFilter = line === "*filter";
    if (!inFilter) continue;
    const chain = chainLine.exec(line)?.[1];
    if (chain !== undefined) table.set(chain, []);
    const rule = ruleLine.exec(line);
    if (rule === null) continue;
    const [, packets = "", bytes = "", name = "", body = ""] = rule;
    const hash = ownComment.exec(body)?.[1];
    table.get(name)?.push({
      ...(hash === undefined ? {} : { hash }),
      text: body,
      packets: Number(packets),
      bytes: Number(bytes),
    });
  }
  return table;
}
