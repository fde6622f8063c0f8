import type { HostFacts } from "./facts.ts";
import type { FleetPolicySpec, PolicyPeer } from "./fleet-policy.ts";
import { isBridged, restricts } from "./limits-ground.ts";
import type { LintedPolicy } from "./lint-cover.ts";
import type { Oddity } from "./lint-rules.ts";
import { peersOf } from "./policy-peers.ts";
import { matchesLabels } from "./select.ts";
import { excludeSelectors } from "./selectors-exclude.ts";
import { selectsNetwork } from "./selects-network.ts";

/** What a policy says where it can never have an effect, whatever host it is on. */
export function emptyWords({ spec }: LintedPolicy): readonly Oddity[] {
  return spec.interfaces === undefined ? foreignPeers(spec) : dockerWords(spec);
}

function dockerWords(spec: FleetPolicySpec): readonly Oddity[] {
  const outside = "what is forwarded outside Docker";
  return [
    ...(spec.internal === undefined
      ? []
      : [
          {
            path: ["spec", "internal"],
            message: `says nothing about ${outside}: only a Docker network has it; write a policy with networkSelector`,
          },
        ]),
    ...(spec.egress?.host === true
      ? [
          {
            path: ["spec", "egress", "host"],
            message: `says nothing about ${outside}: only containers are meant; write a policy with networkSelector`,
          },
        ]
      : []),
    ...peersOf(spec).flatMap(({ peer, path }) => {
      const kind = dockerKind(peer);
      return kind === undefined
        ? []
        : [
            {
              path: [...path, kind],
              message: `matches nothing: ${outside} has no bridge of Docker at either end; name addresses`,
            },
          ];
    }),
  ];
}

function dockerKind(peer: PolicyPeer): "networkSelector" | "containerSelector" | undefined {
  if (peer.networkSelector !== undefined) return "networkSelector";
  return peer.containerSelector === undefined ? undefined : "containerSelector";
}

/** Both ends of what stays on a network are on this network. */
function foreignPeers(spec: FleetPolicySpec): readonly Oddity[] {
  return peersOf(spec).flatMap(({ peer: { networkSelector }, direction, path }) =>
    direction === "internal" &&
    networkSelector !== undefined &&
    excludeSelectors(networkSelector, spec.networkSelector)
      ? [
          {
            path: [...path, "networkSelector"],
            message:
              "matches nothing: in internal both ends are on the policy's own network; use containerSelector, or ingress",
          },
        ]
      : [],
  );
}

/** What no host that the policy selects can enforce, as these reported themselves last. */
export function outOfReach(
  { spec, desired }: LintedPolicy,
  hosts: readonly HostFacts[],
): readonly Oddity[] {
  const { networkSelector } = desired;
  if (networkSelector === undefined) return [];
  const grounds = hosts
    .filter(({ labels }) => matchesLabels(spec.hostSelector, labels))
    .map(({ view }) => ({
      bridgeNf: view.engine.bridgeNf,
      networks: view.networks.filter((network) => selectsNetwork(networkSelector, network)),
    }))
    .filter(({ networks }) => networks.length > 0);
  if (grounds.length === 0) return [];
  const count = String(grounds.length);
  if (grounds.every(({ networks }) => !networks.some(isBridged))) {
    const drivers = new Set(
      grounds.flatMap(({ networks }) => networks.map(({ driver }) => driver)),
    );
    const message = `selects only networks that have no bridge (${[...drivers].toSorted().join(", ")}) on the hosts that have any (${count}), so nothing of this policy is enforced: use networks of driver bridge`;
    return [{ path: ["spec", "networkSelector"], message }];
  }
  return restricts(desired.internal) &&
    grounds.every(({ bridgeNf }) => !bridgeNf.IPv4 && !bridgeNf.IPv6)
    ? [
        {
          path: ["spec", "internal"],
          message: `is enforced on none of the hosts that have such networks (${count}): their kernels show iptables nothing of what stays on a bridge; load br_netfilter and set net.bridge.bridge-nf-call-iptables=1 and -ip6tables=1 there`,
        },
      ]
    : [];
}
