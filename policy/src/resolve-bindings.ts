import { formatAddress, parseAddress } from "./cidr.ts";
import type { DockerContainer, HostView, PublishedPort } from "./host-view.ts";
import {
  type BridgeAddress,
  bridgeAddresses,
  familyOfBinding,
  isLoopback,
} from "./published-path.ts";
import type { ResolvedBinding, ResolvedPlane } from "./resolved-state.ts";

/**
 * The published ports of this host, each with the end of the container that a connection to it is judged by. Those on
 * the loopback address are the host's own business.
 */
export function resolveBindings(
  view: HostView,
  { bridges }: ResolvedPlane,
): readonly ResolvedBinding[] {
  const governed = new Set(
    bridges.flatMap(({ networkId, ingress }) => (ingress === undefined ? [] : [networkId])),
  );
  const found = new Map<string, ResolvedBinding>();
  const containers = view.containers.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const container of containers) {
    for (const binding of container.published) {
      const resolved = resolveBinding(container, binding, view, governed);
      if (resolved === undefined) continue;
      const { protocol, hostAddress, hostPort } = resolved;
      const key = `${protocol} ${hostAddress} ${String(hostPort)}`;
      if (!found.has(key)) found.set(key, resolved);
    }
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, binding]) => binding);
}

function keyOf({ name, id }: DockerContainer): string {
  return `${name} ${id}`;
}

function resolveBinding(
  container: DockerContainer,
  binding: PublishedPort,
  view: HostView,
  governed: ReadonlySet<string>,
): ResolvedBinding | undefined {
  const host = parseAddress(binding.hostAddress);
  if (!host.ok || isLoopback(binding.hostAddress)) return undefined;
  const { protocol, hostPort } = binding;
  const hostAddress = formatAddress(host.address);
  const common = { protocol, hostAddress, hostPort };
  const end = bindingEnd(container, binding, view);
  if (end !== undefined) {
    const { network, address } = end;
    const to = { bridge: network.bridge, address, port: binding.containerPort };
    return { ...common, network: network.name, to };
  }
  // A container that has no address yet is nobody who could be judged.
  const held = container.attachments
    .map(({ networkId }) => view.networks.find(({ id }) => id === networkId))
    .find((network) => network !== undefined && governed.has(network.id));
  return held === undefined ? undefined : { ...common, network: held.name };
}

/**
 * Where docker-proxy leads, where that can be seen. Else where Docker's DNAT would: of several ends any one, because
 * all policies of a published port judge it whichever network it is led through.
 */
export function bindingEnd(
  container: DockerContainer,
  binding: PublishedPort,
  view: HostView,
): BridgeAddress | undefined {
  const ends = bridgeAddresses(container, view);
  const proxy = view.engine.proxies.find(
    ({ protocol, hostAddress, hostPort }) =>
      protocol === binding.protocol &&
      hostPort === binding.hostPort &&
      hostAddress === binding.hostAddress,
  );
  const family = familyOfBinding(binding);
  return (
    ends.find(({ address }) => formatAddress(address) === proxy?.containerAddress) ??
    ends.find(({ address }) => address.family === family) ??
    ends[0]
  );
}
