import type { ResolvedState } from "@seawall/policy";
import { peerMatches } from "./render-peers.ts";
import { families } from "./ruleset.ts";
import { planesOf, rulesOf, type ScopedRule } from "./scoped-rules.ts";

/** What the peers of one rule may become without sets. */
const mostMatches = 1000;

/** What takes too many rules without sets, in words. */
export function sizeProblemsOf(state: ResolvedState): readonly string[] {
  return [...new Set(planesOf(state).flatMap(rulesOf).flatMap(sizeProblems))];
}

function sizeProblems({ rule, scope }: ScopedRule): readonly string[] {
  return families.flatMap((family) => {
    const count = peerMatches(rule, scope, family)
      .map((match) =>
        match.reduce(
          (pairs, one) => (one.kind === "addresses" ? pairs * one.cidrs.length : pairs),
          1,
        ),
      )
      .reduce((sum, pairs) => sum + pairs, 0);
    if (count <= mostMatches) return [];
    return [
      `policy ${rule.policy}, rule ${rule.rule}: ${String(count)} ${family} addresses or pairs of them, and without ipset a rule takes ${String(mostMatches)}: install the package ipset on this host`,
    ];
  });
}
