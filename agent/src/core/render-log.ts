import type { RuleAction } from "@seawall/policy";
import type { LayoutRule, Match } from "./layout.ts";
import { longestLogPrefix } from "./log-entry.ts";
import { sha256 } from "./sha256.ts";

/** A flood is told of by some of its packets, and costs no more than these. */
export const logLimit: Match = { kind: "rate", perSecond: 10, burst: 20 };

/** The rule that says what becomes of a packet with this match, ahead of the one that does it. */
export function logRule(match: readonly Match[], label: string, prefix: string): LayoutRule {
  return {
    match: [...match, logLimit],
    target: { kind: "log", prefix },
    label: `${label} log`,
  };
}

/** A rule of a policy, or its default action, as a log entry names it. */
export interface LoggedRule {
  readonly action: RuleAction;
  readonly policy: string;
  /** `default` for the default action. */
  readonly rule: string;
  /** Its policy is in Audit: it would have done so, and has not. */
  readonly audited?: true;
}

/** What a log entry of an address, a bridge or a published port that is not known is found by: no rule decides that. */
export const heldPrefix = "deny held";

/**
 * What a log entry is found by: `deny shop/block`, `audit deny shop/block` for what is only counted. Names
 * that do not fit, or are not plain, are cut and end in `=` and eight characters of a hash: a plain name has no `=`.
 */
export function logPrefix(logged: LoggedRule): string {
  const text = logText(logged);
  if (text.length <= longestLogPrefix && /^[A-Za-z0-9 _.,:/[\]()@+-]+$/.test(text)) return text;
  const end = `=${sha256(text).slice(0, 8)}`;
  const plain = text.replace(/[^A-Za-z0-9 _.,:/[\]()@+-]/g, "_");
  return `${plain.slice(0, longestLogPrefix - end.length)}${end}`;
}

/** The same in full, however long. */
export function logText({ action, policy, rule, audited }: LoggedRule): string {
  return `${audited === true ? "audit " : ""}${action.toLowerCase()} ${policy}/${rule}`;
}
