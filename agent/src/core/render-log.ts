import { createHash } from "node:crypto";
import type { RuleAction } from "@seawall/policy";
import type { LayoutRule, Match } from "./layout.ts";
import { longestLogPrefix } from "./log-entry.ts";

/** A flood is told of by some of its packets, and costs no more than these. */
const limit: Match = { kind: "rate", perSecond: 10, burst: 20 };

/** The rule that says what the one behind it, with the same match, decides. */
export function logRule(match: readonly Match[], label: string, prefix: string): LayoutRule {
  return {
    match: [...match, limit],
    target: { kind: "log", prefix },
    label: `${label} log`,
  };
}

/**
 * What a log entry is found by: `deny shop/block`, `audit deny shop/block` for what is only counted. Names
 * that do not fit, or are not plain, are cut and end in `=` and eight characters of a hash: a plain name has no `=`.
 */
export function logPrefix(
  action: RuleAction,
  audited: boolean,
  policy: string,
  rule: string,
): string {
  const text = `${audited ? "audit " : ""}${action.toLowerCase()} ${policy}/${rule}`;
  if (text.length <= longestLogPrefix && /^[A-Za-z0-9 _.,:/[\]()@+-]+$/.test(text)) return text;
  const end = `=${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
  const plain = text.replace(/[^A-Za-z0-9 _.,:/[\]()@+-]/g, "_");
  return `${plain.slice(0, longestLogPrefix - end.length)}${end}`;
}
