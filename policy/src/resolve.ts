import type {
  Action,
  DesiredPolicy,
  DesiredState,
  Direction,
  NetworkSelector,
} from "./desired-state.ts";
import type { DockerNetwork } from "./docker-network.ts";
import { resolvePeers } from "./resolve-peers.ts";
import type {
  ResolvedBridge,
  ResolvedDirection,
  ResolvedPeerNetwork,
  ResolvedPolicy,
  ResolvedState,
} from "./resolved-state.ts";
import { selectsNetwork } from "./selects-network.ts";

/** Names and labels to bridges, as the host's networks are at this moment. Depends on nothing else and on no order of the networks. */
export function resolve(desired: DesiredState, networks: readonly DockerNetwork[]): ResolvedState {
  return {
    bridges: networks
      .flatMap((network) => resolveBridge(desired, network, networks))
      .toSorted(byBridge),
    policies: desired.policies.map((policy) => resolvePolicy(policy, networks)),
  };
}

function resolvePolicy(policy: DesiredPolicy, networks: readonly DockerNetwork[]): ResolvedPolicy {
  const selected = networks.filter((network) => selectsNetwork(policy.networkSelector, network));
  const unenforceable = selected.flatMap((network) => {
    const reason = whyUnenforceable(network);
    return reason === undefined ? [] : [{ network: network.name, reason }];
  });
  return {
    name: policy.name,
    networks: [...new Set(selected.map((network) => network.name))].toSorted(),
    unenforceable: unenforceable.toSorted(
      (a, b) => compareText(a.network, b.network) || compareText(a.reason, b.reason),
    ),
  };
}

function whyUnenforceable(network: DockerNetwork): "NoBridge" | "UnsupportedDriver" | undefined {
  if (network.driver !== "bridge") {
    return "UnsupportedDriver";
  }
  return network.bridge === undefined ? "NoBridge" : undefined;
}

function resolveBridge(
  desired: DesiredState,
  network: DockerNetwork,
  networks: readonly DockerNetwork[],
): readonly ResolvedBridge[] {
  const policies = desired.policies.filter((policy) =>
    selectsNetwork(policy.networkSelector, network),
  );
  if (
    network.bridge === undefined ||
    whyUnenforceable(network) !== undefined ||
    policies.length === 0
  ) {
    return [];
  }
  const peersOf = (selectors: readonly NetworkSelector[]) =>
    resolvePeers(selectors, network, networks);
  const ingress = resolveDirection(policies, "ingress", peersOf);
  const egress = resolveDirection(policies, "egress", peersOf);
  return [
    {
      networkId: network.id,
      network: network.name,
      bridge: network.bridge,
      ...(ingress === undefined ? {} : { ingress }),
      ...(egress === undefined ? {} : { egress }),
    },
  ];
}

function resolveDirection(
  policies: readonly DesiredPolicy[],
  direction: Direction,
  peersOf: (selectors: readonly NetworkSelector[]) => readonly ResolvedPeerNetwork[],
): ResolvedDirection | undefined {
  const speaking = policies.filter((policy) => policy[direction] !== undefined);
  if (speaking.length === 0) {
    return undefined;
  }
  const rules = speaking.flatMap((policy) =>
    (policy[direction]?.rules ?? []).map(({ name, networks, ...rule }) => ({
      policy: policy.name,
      rule: name,
      tier: policy.tier,
      ...rule,
      ...(networks === undefined ? {} : { networks: peersOf(networks) }),
    })),
  );
  const denying = (["Deny", "Reject"] as const satisfies readonly Action[])
    .map((action) => speaking.find((policy) => policy[direction]?.defaultAction === action))
    .find((policy) => policy !== undefined);
  const defaultAction = denying?.[direction]?.defaultAction ?? "Allow";
  return denying === undefined
    ? { rules, defaultAction }
    : { rules, defaultAction, defaultPolicy: denying.name };
}

function byBridge(a: ResolvedBridge, b: ResolvedBridge): number {
  return compareText(a.bridge, b.bridge) || compareText(a.networkId, b.networkId);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
