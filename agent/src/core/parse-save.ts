import { commentMark } from "./hash.ts";
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
  readonly dockerUser?: ObservedDockerUser;
  readonly forward: ObservedForward;
  /** Docker's own chain DOCKER is there: an engine keeps iptables rules in this family. */
  readonly dockerRules: boolean;
  /** DOCKER-FORWARD is there: an engine (28 and newer) that looks after DOCKER-USER in this family. */
  readonly dockerForward: boolean;
}

interface ObservedDockerUser {
  /** Rules that jump into our chains, in order; position is 1-based. */
  readonly jumps: readonly { readonly position: number; readonly text: string }[];
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

function observeDockerUser(
  rules: readonly ObservedRule[],
  heldByOthers: boolean,
): ObservedDockerUser {
  const jumps = rules.flatMap(({ text }, index) => {
    const chain = jumpOf(text);
    return chain !== undefined && isOwnChain(chain) ? [{ position: index + 1, text }] : [];
  });
  const returns = rules.filter(({ text }) => text === "-j RETURN").length;
  return { jumps, returns, foreign: rules.length - jumps.length - returns, heldByOthers };
}

// Jumps from our own chains come and go with them; those from DOCKER-USER into ours are ours to remove.
function chainsHeldByOthers(table: SavedTable): ReadonlySet<string> {
  const held = new Set<string>();
  for (const [from, rules] of table) {
    if (isOwnChain(from)) continue;
    for (const { text } of rules) {
      const to = jumpOf(text);
      if (to === undefined) continue;
      const removable = from === "DOCKER-USER" && isOwnChain(to);
      if (!removable && !(from === "FORWARD" && text === dockerJump)) held.add(to);
    }
  }
  return held;
}

// Comments are cut out first: one may contain anything, also the words of a jump.
function jumpOf(text: string): string | undefined {
  return / (?:-j|-g) (\S+)/.exec(
    ` ${text.replace(/--comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, "")}`,
  )?.[1];
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
