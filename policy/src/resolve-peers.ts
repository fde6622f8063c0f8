import { addressSetOf } from "./address-set.ts";
import { parseCidr } from "./cidr.ts";
import type { NetworkSelector } from "./desired-state.ts";
import type { DockerNetwork } from "./docker-network.ts";
import type { ResolvedPeerNetwork } from "./resolved-state.ts";
import { selectsNetwork } from "./selects-network.ts";

/**
 * The other bridges of this host that these selectors find now, sorted by name. A network
 * without a bridge is nobody's peer: what it sends cannot be told by its interface.
 */
export function resolvePeers(
  selectors: readonly NetworkSelector[],
  own: DockerNetwork,
  networks: readonly DockerNetwork[],
): readonly ResolvedPeerNetwork[] {
  return networks
    .flatMap((network) => {
      const { driver, bridge } = network;
      const isPeer =
        driver === "bridge" &&
        bridge !== own.bridge &&
        selectors.some((selector) => selectsNetwork(selector, network));
      return bridge === undefined || !isPeer ? [] : [{ bridge, ...addressesOf(network) }];
    })
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** A network whose subnets are not all known is told by its bridge alone. */
function addressesOf({ subnets }: DockerNetwork): Pick<ResolvedPeerNetwork, "addresses"> {
  const cidrs = subnets.map(parseCidr).flatMap((parsed) => (parsed.ok ? [parsed.cidr] : []));
  return cidrs.length === 0 || cidrs.length < subnets.length
    ? {}
    : { addresses: addressSetOf(cidrs) };
}
