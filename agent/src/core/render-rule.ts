import type { ResolvedRule } from "@seawall/policy";
import { atInterface, type End, ends, type LayoutRule, type Match } from "./layout.ts";
import type { Origin } from "./origin.ts";
import { portMatches } from "./port-matches.ts";
import { logPrefix, logRule } from "./render-log.ts";
import { knownChain } from "./render-names.ts";
import { peerMatches } from "./render-peers.ts";
import type { Place } from "./render-place.ts";
import { verdicts } from "./render-verdicts.ts";
import type { Target } from "./ruleset.ts";

/** What asks for a rule; `passed` is where a Pass leads. */
export function ruleRules(rule: ResolvedRule, place: Place, passed: Target): readonly LayoutRule[] {
  const label = `${rule.policy}/${rule.rule}`;
  const ports = portMatches(rule.ports);
  const deciding = peerMatches(rule, place.scope, place.family).flatMap((peer) =>
    ports.flatMap((port) =>
      verdictsOf(rule, port, place, passed).map(({ match, target }) => ({
        match: [...peer, ...match],
        target,
        label,
        ...originOf(rule, target, place),
      })),
    ),
  );
  return [
    ...(isLogged(rule, place) ? deciding.flatMap((one) => [logOf(rule, one), one]) : deciding),
    ...ends.flatMap((end) => holdRules(rule, end, ports, place)),
  ];
}

function verdictsOf(
  { action }: ResolvedRule,
  port: readonly Match[],
  place: Place,
  passed: Target,
): readonly Pick<LayoutRule, "match" | "target">[] {
  return action === "Pass" ? [{ match: port, target: passed }] : verdicts(action, port, place);
}

/**
 * In an audit only what is in Audit counts: the rest counts where it is enforced. In the guard only what it denies:
 * what it lets through, filter has let through with good reason.
 */
export function originOf(
  { policy, rule, audited }: Pick<ResolvedRule, "policy" | "rule" | "audited">,
  target: Target,
  { audit, guard, scope, network }: Place,
): { readonly origin?: Origin } {
  if (audit && audited === undefined) return {};
  if (guard && target.kind !== "drop") return {};
  const origin = { policy, rule, direction: scope, network, ...(guard ? { guard } : {}) };
  return { origin: audited === undefined ? origin : { ...origin, audited } };
}

function isLogged({ log, audited }: ResolvedRule, { audit, guard }: Place): boolean {
  return log === true && !guard && (!audit || audited === true);
}

function logOf({ action, policy, rule, audited }: ResolvedRule, deciding: LayoutRule): LayoutRule {
  const prefix = logPrefix(action, audited === true, policy, rule);
  return logRule(deciding.match, deciding.label, prefix);
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
