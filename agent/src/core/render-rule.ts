import type { ResolvedRule } from "@seawall/policy";
import { portArgs } from "./port-args.ts";
import { logPrefix, logRule } from "./render-log.ts";
import { knownChain } from "./render-names.ts";
import { type End, ends, peerMatches, viaBridge } from "./render-peers.ts";
import type { Place } from "./render-place.ts";
import { verdicts } from "./render-verdicts.ts";
import type { Origin, Rule, Target } from "./ruleset.ts";

/** A rule as iptables rules; `passed` is where a Pass leads. */
export function ruleRules(rule: ResolvedRule, place: Place, passed: Target): readonly Rule[] {
  const label = `${rule.policy}/${rule.rule}`;
  const ports = portArgs(rule.ports, place.family);
  const deciding = peerMatches(rule, place.scope, place.family, place.ipset).flatMap((peer) =>
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
  port: readonly string[],
  place: Place,
  passed: Target,
): readonly Pick<Rule, "match" | "target">[] {
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

function logOf({ action, policy, rule, audited }: ResolvedRule, deciding: Rule): Rule {
  const prefix = logPrefix(action, audited === true, policy, rule);
  return logRule(deciding.match, deciding.label, prefix);
}

/** What the rule may mean, and cannot tell: an address of a bridge that is no known container's. */
function holdRules(
  rule: ResolvedRule,
  end: End,
  ports: readonly (readonly string[])[],
  { known }: Place,
): readonly Rule[] {
  return (rule[end]?.unresolved ?? []).flatMap((bridge) => {
    const network = known.find((one) => one.bridge === bridge);
    if (network === undefined) throw new Error(`no known addresses on ${bridge}`);
    return ports.map((port) => ({
      match: [...port, ...viaBridge(end, bridge)],
      target: { kind: "jump", chain: knownChain(end, network.networkId) } as const,
      label: `${rule.policy}/${rule.rule} only known containers`,
    }));
  });
}
