import type { KnownAddresses, ResolvedRule } from "@seawall/policy";
import { portArgs } from "./port-args.ts";
import { auditedKnownChain, knownChain } from "./render-names.ts";
import { atCidr, type End, ends, ofFamily, viaBridge } from "./render-peers.ts";
import { goBack, type Place } from "./render-place.ts";
import type { Chain, Rule, Target } from "./ruleset.ts";

/** Drop what the rule may mean and cannot tell: an address of a bridge that is no known container's. */
export function holdRules(rule: ResolvedRule, place: Place): readonly Rule[] {
  return ends.flatMap((end) =>
    unresolvedAt(rule, end, place).flatMap(({ bridge, networkId }) =>
      leadAtBridge(rule, end, bridge, place, {
        kind: "jump",
        chain: knownChain(end, networkId),
      }),
    ),
  );
}

export interface Holds {
  readonly rules: readonly Rule[];
  /** To which the rules lead. */
  readonly chains: readonly Chain[];
}

/**
 * The same for one end of a rule in an audit, where nothing is counted of what is held: whoever is known goes on at
 * `onward`, for anybody else the audit is over. A jump could not end it.
 */
export function auditHolds(
  rule: ResolvedRule,
  end: End,
  place: Place,
  name: string,
  onward: Target,
): Holds {
  const holds = unresolvedAt(rule, end, place).map(({ bridge, networkId, cidrs }) => {
    const chain = auditedKnownChain(name, networkId);
    const known = cidrs.map((cidr) => ({
      match: atCidr(end, cidr),
      target: onward,
      label: "known container",
    }));
    const held: Rule = { match: [], target: goBack, label: "held: no known container" };
    return {
      rules: leadAtBridge(rule, end, bridge, place, { kind: "goto", chain }),
      chain: { name: chain, rules: [...known, held] },
    };
  });
  return {
    rules: holds.flatMap(({ rules }) => rules),
    chains: holds.map(({ chain }) => chain),
  };
}

/** The bridges behind which not everybody can be told, and whom the rule means there. */
function unresolvedAt(rule: ResolvedRule, end: End, { known, family }: Place) {
  return (rule[end]?.unresolved ?? []).map((bridge) => {
    const there = known.filter((one) => one.bridge === bridge);
    const [first] = there;
    if (first === undefined) throw new Error(`no known addresses on ${bridge}`);
    return { bridge, networkId: first.networkId, cidrs: cidrsOf(there, family) };
  });
}

function cidrsOf(known: readonly KnownAddresses[], family: Place["family"]): readonly string[] {
  return known.flatMap(({ addresses }) => ofFamily(addresses, family));
}

function leadAtBridge(
  { policy, rule, ports }: ResolvedRule,
  end: End,
  bridge: string,
  { family }: Place,
  target: Target,
): readonly Rule[] {
  return portArgs(ports, family).map((port) => ({
    match: [...port, ...viaBridge(end, bridge)],
    target,
    label: `${policy}/${rule} only known containers`,
  }));
}
