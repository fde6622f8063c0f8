import type { Origin } from "@seawall/agent/core";
import type { Packet, ResolvedState, Verdict } from "@seawall/policy";
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
  /** `policy/rule` of the rules with a log that had a say. */
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
    logged: said
      .filter((one) => ruleOf(state, one)?.log === true)
      .map(({ policy, rule }) => `${policy}/${rule}`),
  };
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
  origins: RenderedFamily["origins"]["filter"],
): Traces {
  // A rule that only logs has no origin.
  const said = hits.flatMap((hit) => origins.get(originKey(hit)) ?? []);
  const enforced = said.filter((origin) => origin.audited !== true).map(sayingOf);
  return {
    action,
    said: enforced.map(textOf),
    wouldDeny: said.flatMap((origin) => wouldDenyOf(state, origin) ?? []),
    logged: hits.flatMap(({ text }) => {
      const prefix = / (?:--nflog-)?prefix "(?:allow|deny|reject|pass) (?<name>[^"]*)"/.exec(text);
      return prefix?.groups?.["name"] ?? [];
    }),
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
