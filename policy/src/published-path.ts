import { type Address, parseAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import type { DockerContainer, DockerNetwork, HostView, PublishedPort } from "./host-view.ts";

export type BridgeNetwork = DockerNetwork & { readonly bridge: string };

/** An address of a container on a bridge. */
export interface BridgeAddress {
  readonly network: BridgeNetwork;
  readonly address: Address;
}

/** How what a client from outside sends to a published port comes to the container. */
export type PublishedPath =
  /** By one of these; which of a container's networks Docker leads through cannot be told. */
  | { readonly kind: "forwarded"; readonly to: readonly BridgeAddress[] }
  | { readonly kind: "docker-proxy" }
  | { readonly kind: "none"; readonly reason: string };

/** Published on every address of its IP version. */
export function isWildcard({ hostAddress }: PublishedPort): boolean {
  const parsed = parseAddress(hostAddress);
  return parsed.ok && parsed.address.value === 0n;
}

/** Reports whether a client that calls this address of the host calls the binding. */
export function bindingTakes(
  binding: Pick<PublishedPort, "hostAddress">,
  address: Address,
): boolean {
  const parsed = parseAddress(binding.hostAddress);
  if (!parsed.ok || parsed.address.family !== address.family) return false;
  return parsed.address.value === 0n || parsed.address.value === address.value;
}

/** The IP version of a binding. */
export function familyOfBinding({ hostAddress }: PublishedPort): Family {
  return hostAddress.includes(":") ? "IPv6" : "IPv4";
}

/**
 * Docker redirects in a family in which it keeps rules and the container has an address, on a network that is
 * neither internal nor routed. Else docker-proxy accepts, and where the engine is not known it is taken to be there.
 */
export function publishedPath(
  container: DockerContainer,
  binding: PublishedPort,
  view: HostView,
): PublishedPath {
  const family = familyOfBinding(binding);
  if (isLoopback(binding.hostAddress)) {
    return { kind: "none", reason: "it is published on the host's loopback address only" };
  }
  const all = bridgeAddresses(container, view).filter(({ address }) => address.family === family);
  const open = all.filter(({ network }) => !network.internal);
  const to = open.filter(({ network }) => !isRouted(network, family));
  if (to.length > 0 && view.engine.dockerRules[family]) return { kind: "forwarded", to };
  if (hasProxy(binding, view) || view.engine.version === "") return { kind: "docker-proxy" };
  if (all.length > 0 && open.length === 0) {
    return { kind: "none", reason: "its network is internal, and Docker publishes nothing of one" };
  }
  if (open.length > 0 && to.length === 0) {
    return {
      kind: "none",
      reason: "its network is routed, so it is reached at its own address and not by the host's",
    };
  }
  return { kind: "none", reason: `nothing on the host takes it in ${family}` };
}

/** The same for what a container of this network sends there. */
export function publishedPathFrom(
  { internal }: DockerNetwork,
  container: DockerContainer,
  binding: PublishedPort,
  view: HostView,
): PublishedPath {
  return hasProxy(binding, view) && !internal && !isLoopback(binding.hostAddress)
    ? { kind: "docker-proxy" }
    : publishedPath(container, binding, view);
}

/** Whether docker-proxy listens for this binding. */
export function hasProxy(binding: PublishedPort, { engine }: HostView): boolean {
  return engine.proxies.some(
    ({ protocol, hostAddress, hostPort }) =>
      protocol === binding.protocol &&
      hostPort === binding.hostPort &&
      hostAddress === binding.hostAddress,
  );
}

/** The container's addresses on bridges, of both families. */
export function bridgeAddresses(
  { attachments }: DockerContainer,
  { networks }: HostView,
): readonly BridgeAddress[] {
  return attachments.flatMap(({ networkId, addresses }) => {
    const network = networks.find(({ id }) => id === networkId);
    return network === undefined || !isBridgeNetwork(network)
      ? []
      : addresses.map(parseAddress).flatMap((parsed) => {
          return parsed.ok ? [{ network, address: parsed.address }] : [];
        });
  });
}

export function isBridgeNetwork(network: DockerNetwork): network is BridgeNetwork {
  return network.driver === "bridge" && network.bridge !== undefined;
}

/** Its containers are reached without DNAT. */
export function isRouted({ routed }: DockerNetwork, family: Family): boolean {
  return routed?.includes(family) === true;
}

export function isLoopback(address: string): boolean {
  const parsed = parseAddress(address);
  if (!parsed.ok) return false;
  const { family, value } = parsed.address;
  return family === "IPv4" ? value >> 24n === 127n : value === 1n;
}
