import type { Origin } from "@seawall/agent/core";
import type { Judgement, Packet, ResolvedState, RuleName, Verdict } from "@seawall/policy";
import type { KernelVerdict } from "./iptables-interpreter.ts";
import { type Asked, ruleOf } from "./judged-rules.ts";
import { originKey, type RenderedFamily } from "./rendered.ts";

/** What can be told of a packet's way through the rules, the same from the model and from the kernel's counters. */
export interface Traces {
  readonly action: KernelVerdict["action"];
  /** The policy rules that had a say, in order: `policy/rule scope network`. */
  readonly said: readonly string[];
  /** Of the denial that is only counted. */
  readonly wouldDeny: readonly string[];
  /** What NFLOG is told, in order: of what would be denied, of rules with a log, of a denial. */
  readonly logged: readonly string[];
}

export function expected(
  state: ResolvedState,
  { action, judgements, wouldDeny }: Verdict,
  packet: Packet,
): Traces {
  const said = judgements.flatMap(({ network, scope, passedBy = [], decidedBy }) =>
    [...passedBy, ...(decidedBy === undefined ? [] : [decidedBy])].map((name) => ({
      ...name,
      scope,
      network,
    })),
  );
  return {
    action: expectedAction(action, packet),
    said: said.map(textOf),
    wouldDeny:
      wouldDeny?.decidedBy === undefined
        ? []
        : [textOf({ ...wouldDeny.decidedBy, scope: wouldDeny.scope, network: wouldDeny.network })],
    logged: [
      ...(wouldDeny === undefined ? [] : [entryOf(wouldDeny)]),
      ...judgements.flatMap((judgement) => loggedBy(state, judgement)),
    ],
  };
}

function loggedBy(state: ResolvedState, judgement: Judgement): readonly string[] {
  const { network, scope, action, passedBy = [], decidedBy } = judgement;
  const isLogged = (name: RuleName) => ruleOf(state, { ...name, network, scope })?.log === true;
  const passed = passedBy.filter(isLogged).map(({ policy, rule }) => `pass ${policy}/${rule}`);
  const isTold = action !== "Allow" || (decidedBy !== undefined && isLogged(decidedBy));
  return [...passed, ...(isTold ? [entryOf(judgement)] : [])];
}

function entryOf({ action, audited, decidedBy }: Judgement): string {
  const name = decidedBy === undefined ? "held" : `${decidedBy.policy}/${decidedBy.rule}`;
  return `${audited === true ? "audit " : ""}${action.toLowerCase()} ${name}`;
}

/** A rule that matched, of either backend. */
interface Hit {
  readonly chain: string;
  readonly text: string;
}

/** What a table did. */
export function met(
  state: ResolvedState,
  { action, hits }: KernelVerdict<Hit>,
  read: HitReader,
): Traces {
  const found = hits.map(read);
  // A rule that only logs has no origin.
  const said = found.flatMap(({ origin }) => origin ?? []);
  const enforced = said.filter((origin) => origin.audited !== true).map(sayingOf);
  return {
    action,
    said: enforced.map(textOf),
    wouldDeny: said.flatMap((origin) => wouldDenyOf(state, origin) ?? []),
    logged: found.flatMap(({ logged }) => logged ?? []),
  };
}

interface ReadHit {
  readonly origin: Origin | undefined;
  readonly logged: string | undefined;
}

export type HitReader = (hit: Hit) => ReadHit;

/** Reads what is said of a table's rules that match, each once for all packets. */
export function hitReader(origins: RenderedFamily["origins"]["filter"]): HitReader {
  const known = new Map<Hit, ReadHit>();
  return (hit) => {
    const before = known.get(hit);
    if (before !== undefined) return before;
    const prefix = / (?:--nflog-)?prefix "(?<prefix>[^"]*)"/.exec(hit.text)?.groups?.["prefix"];
    // What a rule in Audit would let through, simulate does not tell.
    const isTold = prefix !== undefined && !/^audit (?:allow|pass) /.test(prefix);
    const read = { origin: origins.get(originKey(hit)), logged: isTold ? prefix : undefined };
    known.set(hit, read);
    return read;
  };
}

/** What the guard is to do with a packet that filter has let through: it drops what is denied, and counts that alone. */
export function expectedOfGuard({ action, said }: Traces, { decidedBy }: Verdict): Traces {
  const isHeld = decidedBy?.decidedBy === undefined;
  if (action === "accept") return { action, said: [], wouldDeny: [], logged: [] };
  return { action: "drop", said: isHeld ? [] : said.slice(-1), wouldDeny: [], logged: [] };
}

function expectedAction(action: Verdict["action"], packet: Packet): KernelVerdict["action"] {
  switch (action) {
    case "Allow":
      return "accept";
    case "Deny":
      return "drop";
    case "Reject":
      return packet.protocol === "TCP" && packet.publishedPort === undefined
        ? "reject-reset"
        : "reject-unreachable";
  }
}

interface Saying extends Asked {
  readonly policy: string;
  readonly rule: string;
}

function textOf({ policy, rule, scope, network }: Saying): string {
  return `${policy}/${rule} ${scope} ${network}`;
}

function sayingOf({ direction, ...origin }: Origin): Saying {
  return { ...origin, scope: direction };
}

/** What is counted where the counter of this origin goes up, if it is a denial that is only counted. */
export function wouldDenyOf({ audit }: ResolvedState, origin: Origin): string | undefined {
  if (origin.audited !== true) return undefined;
  const saying = sayingOf(origin);
  if (audit === undefined) throw new Error(`${textOf(saying)} is audited, and nothing is`);
  const rule = ruleOf(audit, saying);
  const denies = rule === undefined || rule.action === "Deny" || rule.action === "Reject";
  return denies ? textOf(saying) : undefined;
}
