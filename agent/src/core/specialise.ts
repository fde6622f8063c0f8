import {
  addressSetContains,
  matchesPorts,
  type ResolvedBinding,
  type ResolvedDirection,
  type ResolvedList,
  type ResolvedPeers,
  type ResolvedRule,
} from "@seawall/policy";

/** A published port whose container is known. */
export type KnownBinding = ResolvedBinding & {
  readonly to: NonNullable<ResolvedBinding["to"]>;
};

/**
 * What is left of a direction once it is known to which container a connection goes and by which published port.
 * A packet to the host itself does not show either: what rules ask of the destination is answered here, and what they
 * ask of the source is left to the kernel.
 */
export function specialise(direction: ResolvedDirection, binding: KnownBinding): ResolvedDirection {
  return {
    ...direction,
    cases: direction.cases.map((one) => ({ ...one, list: specialiseList(one.list, binding) })),
  };
}

function specialiseList(list: ResolvedList, binding: KnownBinding): ResolvedList {
  const { protocol, hostPort, to } = binding;
  const ports = { protocol, destinationPort: to.port, publishedPort: hostPort };
  return {
    ...list,
    rules: list.rules.flatMap((rule) => {
      if (!matchesPorts(rule, ports)) return [];
      if (rule.to !== undefined && !isAmong(rule.to, to)) return [];
      return [asked(rule)];
    }),
  };
}

/** The rule without what is answered. */
function asked(rule: ResolvedRule): ResolvedRule {
  const { policy, rule: name, tier, action, audited, from, log } = rule;
  return {
    policy,
    rule: name,
    tier,
    action,
    ...(audited === undefined ? {} : { audited }),
    ...(from === undefined ? {} : { from }),
    ...(log === undefined ? {} : { log }),
  };
}

function isAmong({ addresses, networks }: ResolvedPeers, { bridge, address }: KnownBinding["to"]) {
  return (
    addressSetContains(addresses, address) ||
    networks.some(
      (network) =>
        network.bridge === bridge &&
        (network.addresses === undefined || addressSetContains(network.addresses, address)),
    )
  );
}
