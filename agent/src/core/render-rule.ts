import type { ResolvedRule } from "@seawall/policy";
import { atInterface, type End, ends, type LayoutRule, type Match } from "./layout.ts";
import { portMatches } from "./port-matches.ts";
import { denialRules, originOf, type RenderedRule, type RuleMatch } from "./render-denial.ts";
import { logPrefix, logRule } from "./render-log.ts";
import { knownChain } from "./render-names.ts";
import { peerMatches } from "./render-peers.ts";
import { goBack, type Place } from "./render-place.ts";
import type { Target } from "./ruleset.ts";

/** What asks for a rule; `passed` is where a Pass leads. */
export function ruleRules(rule: ResolvedRule, place: Place, passed: Target): RenderedRule {
  const ports = portMatches(rule.ports);
  const matches = peerMatches(rule, place.scope, place.family).flatMap((peer) =>
    ports.map((port) => ({ peer, port })),
  );
  const { rules, chains } = decidingRules(rule, matches, place, passed);
  return {
    rules: [...rules, ...ends.flatMap((end) => holdRules(rule, end, ports, place))],
    chains,
  };
}

function decidingRules(
  rule: ResolvedRule,
  matches: readonly RuleMatch[],
  place: Place,
  passed: Target,
): RenderedRule {
  const { action } = rule;
  switch (action) {
    case "Deny":
    case "Reject":
      return denialRules({ ...rule, action }, matches, place);
    case "Allow":
      return { rules: lettingRules(rule, matches, place, goBack), chains: [] };
    case "Pass":
      return { rules: lettingRules(rule, matches, place, passed), chains: [] };
  }
}

/** A rule that denies nothing is told of only where it says so itself. */
function lettingRules(
  rule: ResolvedRule,
  matches: readonly RuleMatch[],
  place: Place,
  target: Target,
): readonly LayoutRule[] {
  const label = `${rule.policy}/${rule.rule}`;
  const prefix = isLogged(rule, place) ? logPrefix(rule) : undefined;
  return matches.flatMap(({ peer, port }) => {
    const match = [...peer, ...port];
    const deciding = { match, target, label, ...lettingOrigin(rule, target, place, prefix) };
    return prefix === undefined ? [deciding] : [logRule(match, label, prefix), deciding];
  });
}

function lettingOrigin(...of: Parameters<typeof originOf>): ReturnType<typeof originOf> {
  const { origin } = originOf(...of);
  return origin?.audited === undefined
    ? { ...(origin && { origin }) }
    : { origin: { ...origin, lets: true } };
}

function isLogged({ log, audited }: ResolvedRule, { audit, guard }: Place): boolean {
  return log === true && !guard && (!audit || audited === true);
}

/** What the rule may mean, and cannot tell: an address of a bridge that is no known container's. */
function holdRules(
  rule: ResolvedRule,
  end: End,
  ports: readonly (readonly Match[])[],
  { known }: Place,
): readonly LayoutRule[] {
  return (rule[end]?.unresolved ?? []).flatMap((bridge) => {
    const network = known.find((one) => one.bridge === bridge);
    if (network === undefined) throw new Error(`no known addresses on ${bridge}`);
    return ports.map((port) => ({
      match: [...port, atInterface(end, bridge)],
      target: { kind: "jump", chain: knownChain(end, network.networkId) } as const,
      label: `${rule.policy}/${rule.rule} only known containers`,
    }));
  });
}
