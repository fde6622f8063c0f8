import {
  type Address,
  hostOptionsOf,
  oneList,
  type PortMatch,
  parseAddress,
  type ResolvedBinding,
  type ResolvedBridge,
  type ResolvedCase,
  type ResolvedDirection,
  type ResolvedList,
  type ResolvedManagement,
  type ResolvedPeerNetwork,
  type ResolvedPeers,
  type ResolvedPlane,
  type ResolvedRule,
  type ResolvedState,
  type Scope,
} from "@seawall/policy";

/** What the named states are made of. */

const ids = {
  shop: "0a1b2c3d4e5f60718293a4b5c6d7e8f900112233445566778899aabbccddeeff",
  blog: "ffeeddccbbaa99887766554433221100f9e8d7c6b5a4938271605f4e3d2c1b0a",
} as const;
type Network = keyof typeof ids;

export function bridge(
  network: Network,
  scopes: { readonly [Key in Scope]?: ResolvedDirection },
): ResolvedBridge {
  const networkId = ids[network];
  return { networkId, network, bridge: `br-${networkId.slice(0, 12)}`, ...scopes };
}

export function rule(name: string, rest: Partial<ResolvedRule> = {}): ResolvedRule {
  return { policy: "p", rule: name, tier: "Standard", action: "Allow", ...rest };
}

export function tcp(first: number, last = first): PortMatch {
  return { kind: "port", protocol: "TCP", ports: { first, last } };
}

export const denyRest = { defaultAction: "Deny", defaultPolicy: "p" } as const;

export function at(v4: readonly string[], v6: readonly string[] = []): ResolvedPeers {
  return { addresses: { v4, v6 }, networks: [], unresolved: [] };
}

/** Every second address, so that none merge. */
export function manyHosts(count: number, prefix = "198.51.100"): readonly string[] {
  const [a, b, c] = prefix.split(".").map(Number);
  return Array.from({ length: count }, (_, n) => {
    const low = 2 * n;
    return `${[a, b, (c ?? 0) + Math.floor(low / 256), low % 256].join(".")}/32`;
  });
}

export function behind(...networks: readonly ResolvedPeerNetwork[]): ResolvedPeers {
  return { ...at([]), networks };
}

/** For containers with these addresses. */
export function only(
  key: string,
  v4: readonly string[],
  list: ResolvedList,
  v6: readonly string[] = [],
): ResolvedCase {
  return { key, addresses: { v4, v6 }, list };
}

/** A published port that leads to a container's address on this network. */
export function published(
  protocol: ResolvedBinding["protocol"],
  hostAddress: string,
  hostPort: number,
  { network, bridge: name }: ResolvedBridge,
  container: string,
  port: number,
): ResolvedBinding {
  const to = { bridge: name, address: addressOf(container), port };
  return { protocol, hostAddress, hostPort, network, to };
}

export function addressOf(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

/** Where agents reach the controller. */
export function managementAt(text: string, port: number, container: string): ResolvedManagement {
  return { address: addressOf(text), port, container };
}

export const saysNothing: ResolvedList = { rules: [], defaultAction: "Allow" };

export function plane(...bridges: readonly ResolvedBridge[]): ResolvedPlane {
  return { bridges, interfaces: [], known: [] };
}

export function state(...bridges: readonly ResolvedBridge[]): ResolvedState {
  return {
    ...plane(...bridges),
    dockerBridges: bridges.map((one) => one.bridge),
    bindings: [],
    management: [],
    policies: [],
    options: hostOptionsOf(),
  };
}

export function shopIngress(...rules: readonly ResolvedRule[]): ResolvedState {
  return state(bridge("shop", { ingress: oneList({ rules, ...denyRest }) }));
}
