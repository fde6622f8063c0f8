import type { ResolvedBridge, ResolvedState } from "@seawall/policy";
import { isPlainInterfaceName } from "./interface-name.ts";

function peerBridges({ ingress, egress }: ResolvedBridge): readonly string[] {
  return [ingress, egress].flatMap((direction) =>
    (direction?.rules ?? []).flatMap(({ networks = [] }) => networks.map((peer) => peer.bridge)),
  );
}

/** Of a network, in the names of its chains: they may have 28 characters. */
export function shortId(networkId: string): string {
  return networkId.slice(0, 12);
}

/** What in the state cannot become rules, in words. */
export function problemsOf({ bridges }: ResolvedState): readonly string[] {
  const problems: string[] = [];
  const byBridge = new Map<string, string>();
  const byId = new Map<string, string>();
  for (const resolved of bridges) {
    const { network, networkId, bridge } = resolved;
    if (!isPlainInterfaceName(bridge)) {
      problems.push(`network ${network}: ${JSON.stringify(bridge)} is not a usable interface name`);
    }
    if (!/^[0-9a-f]{12,}$/.test(networkId)) {
      problems.push(`network ${network}: ${JSON.stringify(networkId)} is not a network id`);
    }
    const sameBridge = byBridge.get(bridge);
    if (sameBridge !== undefined) {
      problems.push(`networks ${sameBridge} and ${network} share bridge ${bridge}`);
    }
    const sameId = byId.get(shortId(networkId));
    if (sameId !== undefined) {
      problems.push(`networks ${sameId} and ${network} have ids that begin alike`);
    }
    for (const peer of new Set(peerBridges(resolved))) {
      if (isPlainInterfaceName(peer)) continue;
      problems.push(
        `peer of network ${network}: ${JSON.stringify(peer)} is not a usable interface name`,
      );
    }
    byBridge.set(bridge, network);
    byId.set(shortId(networkId), network);
  }
  return problems;
}
