import { addressSetOf } from "./address-set.ts";
import { parseCidr } from "./cidr.ts";
import { addressesOn, containersOn } from "./container-addresses.ts";
import type { DesiredPeers, NetworkSelector } from "./desired-state.ts";
import type { DockerNetwork, HostView } from "./host-view.ts";
import type { ResolvedPeerNetwork, ResolvedPeers, Scope } from "./resolved-state.ts";
import { selectsContainer } from "./selects-container.ts";
import { selectsNetwork } from "./selects-network.ts";

/** From where peers are looked at. */
export interface Viewpoint {
  readonly scope: Scope;
  /** Absent: outside Docker. */
  readonly own?: DockerNetwork;
  readonly view: HostView;
  /** Whether what cannot be told is held. */
  readonly holds: boolean;
}

/**
 * Peers as this host has them now. What goes to the host itself, or is forwarded outside
 * Docker, has no bridge at its other end, so only addresses can be its peers.
 */
export function resolvePeers(
  peers: DesiredPeers,
  { scope, own, view, holds }: Viewpoint,
): ResolvedPeers {
  const { addresses, networks = [], containers = [] } = peers;
  if (networks.length === 0 && containers.length === 0) return addressPeers(peers);
  const near = own === undefined || scope === "host" ? [] : bridgesAround(scope, own, view);
  return {
    addresses,
    networks: [
      ...near.flatMap((network) => networkPeers(networks, network)),
      ...near.flatMap((network) => containerPeers(containers, network, view)),
    ].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    unresolved:
      containers.length === 0 || !holds ? [] : near.map(({ bridge }) => bridge).toSorted(),
  };
}

/** Those that are addresses and nothing else. */
export function addressPeers({ addresses }: DesiredPeers): ResolvedPeers {
  return { addresses, networks: [], unresolved: [] };
}

type BridgeNetwork = DockerNetwork & { readonly bridge: string };

/** A network without a bridge is nobody's peer: what it sends cannot be told by its interface. */
function bridgesAround(
  scope: Scope,
  own: DockerNetwork,
  { networks }: HostView,
): readonly BridgeNetwork[] {
  return networks.filter(
    (network): network is BridgeNetwork =>
      network.driver === "bridge" &&
      network.bridge !== undefined &&
      // What stays on a bridge has no other at its other end.
      (scope !== "internal" || network.bridge === own.bridge),
  );
}

function networkPeers(
  selectors: readonly NetworkSelector[],
  network: BridgeNetwork,
): readonly ResolvedPeerNetwork[] {
  return selectors.some((selector) => selectsNetwork(selector, network))
    ? [{ bridge: network.bridge, ...subnetsOf(network) }]
    : [];
}

function containerPeers(
  selectors: NonNullable<DesiredPeers["containers"]>,
  network: BridgeNetwork,
  view: HostView,
): readonly ResolvedPeerNetwork[] {
  const selected = containersOn(network, view).filter((container) =>
    selectors.some((selector) => selectsContainer(selector, container)),
  );
  return selected.length === 0
    ? []
    : [{ bridge: network.bridge, addresses: addressesOn(network, selected) }];
}

/** A network whose subnets are not all known is told by its bridge alone. */
function subnetsOf({ subnets }: DockerNetwork): Pick<ResolvedPeerNetwork, "addresses"> {
  const cidrs = subnets.map(parseCidr).flatMap((parsed) => (parsed.ok ? [parsed.cidr] : []));
  return cidrs.length === 0 || cidrs.length < subnets.length
    ? {}
    : { addresses: addressSetOf(cidrs) };
}
