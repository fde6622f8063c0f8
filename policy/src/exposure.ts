import { isEmptyAddressSet, unionAddressSets } from "./address-set.ts";
import { cidrOfText, formatAddress, lastAddress } from "./cidr.ts";
import type { AddressSet, DesiredState, Family } from "./desired-state.ts";
import type { DockerContainer, HostView, PublishedPort } from "./host-view.ts";
import {
  clientsThroughProxy,
  hostNetworkContainer,
  isSwarmIngress,
  type LimitWords,
  managementGuard,
  swarmIngress,
} from "./limit-words.ts";
import {
  type BridgeAddress,
  bindingTakes,
  bridgeAddresses,
  familyOfBinding,
  isLoopback,
  isRouted,
  publishedPath,
} from "./published-path.ts";
import { everyAddress, reachableSources } from "./reachable-sources.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { caseOf } from "./simulate.ts";
import { takesDirect } from "./trace-docker.ts";

/** From where outside a host a port of it can be reached, as its policies and Docker have it. */
export interface ExposedPort {
  readonly container: string;
  /** Absent where it is not known: for a container in the host's network, and for services of a Swarm. */
  readonly port?: {
    readonly protocol: PublishedPort["protocol"];
    /** Where clients connect to; the container's own address where it is routed, or where neighbours of the host reach it by that alone. */
    readonly address: string;
    readonly number: number;
    readonly containerPort: number;
  };
  /** Names, sorted. */
  readonly networks: readonly string[];
  /** Unknown counts as Anywhere, as nothing restricts it. */
  readonly from: "Anywhere" | "Some" | "Nowhere" | "Unknown";
  /** With Some: canonical CIDRs. */
  readonly cidrs: readonly string[];
  /** Policies with a rule or default in the lists that judge it, sorted. */
  readonly policies: readonly string[];
  /** Why no policy governs it. */
  readonly ungoverned?: LimitWords;
  /** Why it cannot be reached whatever policies say. */
  readonly closed?: string;
}

/** Every published port of the host, every container in its network, and one for all that Swarm publishes; worst first. */
export function exposureOf(desired: DesiredState, view: HostView): readonly ExposedPort[] {
  const state = resolve(desired, view);
  const ports = view.containers.flatMap((container) =>
    container.hostNetwork
      ? [unknownPorts(container.name, hostNetworkContainer(container.name))]
      : container.published.flatMap((binding) => exposedPorts(container, binding, state, view)),
  );
  return [...ports, ...swarmPorts(view)].toSorted(compareExposure);
}

/** Worst first; equal ones by container and port. */
export function compareExposure(a: ExposedPort, b: ExposedPort): number {
  return (
    badness(b) - badness(a) ||
    compareSizes(sizeOf(b), sizeOf(a)) ||
    compareText(a.container, b.container) ||
    (a.port?.number ?? 0) - (b.port?.number ?? 0) ||
    compareText(JSON.stringify(a.port ?? null), JSON.stringify(b.port ?? null))
  );
}

function badness({ from, ungoverned, policies }: ExposedPort): number {
  if (from === "Anywhere") return ungoverned !== undefined ? 6 : policies.length === 0 ? 5 : 4;
  return { Unknown: 3, Some: 2, Nowhere: 1 }[from];
}

// As a share of all addresses of the family.
function sizeOf({ cidrs }: ExposedPort): bigint {
  return cidrs.reduce((sum, text) => {
    const cidr = cidrOfText(text);
    const size = lastAddress(cidr) - cidr.network + 1n;
    return sum + (cidr.family === "IPv4" ? size << 96n : size);
  }, 0n);
}

function unknownPorts(container: string, ungoverned: LimitWords): ExposedPort {
  return { container, networks: [], from: "Unknown", cidrs: [], policies: [], ungoverned };
}

/** Every node of a Swarm takes what comes to the ports of all its services; which ports, only its managers know. */
function swarmPorts({ engine, networks }: HostView): readonly ExposedPort[] {
  const names = networks.filter(isSwarmIngress).map(({ name }) => name);
  return engine.swarm && names.length > 0
    ? [unknownPorts("(services of the Swarm)", swarmIngress(names.toSorted().join(", ")))]
    : [];
}

function exposedPorts(
  container: DockerContainer,
  binding: PublishedPort,
  state: ResolvedState,
  view: HostView,
): readonly ExposedPort[] {
  const family = familyOfBinding(binding);
  const { protocol, hostAddress, hostPort, containerPort } = binding;
  const common = {
    container: container.name,
    port: { protocol, address: hostAddress, number: hostPort, containerPort },
    networks: networksOf(container, view),
  };
  if (isManagement(binding, state)) {
    const what = `${String(hostPort)}/${protocol} of ${container.name}`;
    const ungoverned = managementGuard(what);
    return [{ ...common, from: "Anywhere", cidrs: [], policies: [], ungoverned }];
  }
  const path = publishedPath(container, binding, view);
  const byNeighbours = isLoopback(hostAddress) && takesDirect(view.engine, family);
  const reached = bridgeAddresses(container, view).filter(
    ({ network, address }) =>
      address.family === family &&
      (isRouted(network, family) || (byNeighbours && !network.internal)),
  );
  const direct = reached.map((at) => ({
    ...common,
    port: { ...common.port, address: addressText(at), number: containerPort },
    ...judged([at], { ...binding, family }, state, false),
  }));
  switch (path.kind) {
    case "none":
      return direct.length > 0
        ? direct
        : [{ ...common, from: "Nowhere", cidrs: [], policies: [], closed: path.reason }];
    case "docker-proxy":
      return [...direct, { ...common, ...byProxy(container, binding, state, view) }];
    case "forwarded":
      return [...direct, { ...common, ...judged(path.to, { ...binding, family }, state, true) }];
  }
}

/** By at least one of the addresses that it is bound to. */
function isManagement(binding: PublishedPort, state: ResolvedState): boolean {
  const { protocol, hostPort } = binding;
  return state.management.some(
    ({ port, address }) =>
      protocol === "TCP" && hostPort === port && bindingTakes(binding, address),
  );
}

type Reached = Pick<ExposedPort, "from" | "cidrs" | "policies" | "ungoverned">;

/** What docker-proxy answers is judged where it comes to the host, by the end that the host would judge it by. */
function byProxy(
  container: DockerContainer,
  binding: PublishedPort,
  state: ResolvedState,
  view: HostView,
): Reached {
  if (state.options.inputGuard === "Off") return anywhere(binding, container, view);
  const { to } = resolvedBinding(state, binding) ?? {};
  const end = bridgeAddresses(container, view).find(
    ({ network, address }) =>
      network.bridge === to?.bridge && formatAddress(address) === formatAddress(to.address),
  );
  if (end === undefined) return { from: "Nowhere", cidrs: [], policies: [] };
  return judged([end], { ...binding, family: familyOfBinding(binding) }, state, true);
}

function resolvedBinding(
  { bindings }: ResolvedState,
  { protocol, hostAddress, hostPort }: PublishedPort,
) {
  return bindings.find(
    (one) =>
      one.protocol === protocol && one.hostPort === hostPort && one.hostAddress === hostAddress,
  );
}

function anywhere(
  binding: PublishedPort,
  { name }: DockerContainer,
  { engine }: HostView,
): Reached {
  const family = familyOfBinding(binding);
  const what = `${String(binding.hostPort)}/${binding.protocol} of ${name}`;
  return {
    from: "Anywhere",
    cidrs: [],
    policies: [],
    ungoverned: clientsThroughProxy(what, family, engine.dockerRules[family]),
  };
}

/** By whichever of these Docker leads: what one of them lets in can be reached. */
function judged(
  to: readonly BridgeAddress[],
  binding: PublishedPort & { readonly family: Family },
  { bridges }: ResolvedState,
  redirected: boolean,
): Pick<ExposedPort, "from" | "cidrs" | "policies"> {
  const asked = to.map(({ network, address }) => ({
    ingress: bridges.find(({ bridge }) => bridge === network.bridge)?.ingress,
    address,
  }));
  const { family, hostPort, containerPort } = binding;
  const publishedPort = redirected ? { publishedPort: hostPort } : {};
  const sources = unionAddressSets(
    asked.map(({ ingress, address }) =>
      reachableSources(
        ingress,
        {
          protocol: binding.protocol,
          destination: address,
          destinationPort: containerPort,
          ...publishedPort,
        },
        family,
      ),
    ),
  );
  const lists = asked.flatMap(({ ingress, address }) => {
    const list = ingress && caseOf(ingress, address, redirected ? hostPort : undefined)?.list;
    return list === undefined ? [] : [list];
  });
  const policies = lists.flatMap(({ rules, defaultPolicy }) => [
    ...rules.map(({ policy }) => policy),
    ...(defaultPolicy === undefined ? [] : [defaultPolicy]),
  ]);
  return { ...reach(sources, family), policies: [...new Set(policies)].toSorted() };
}

function reach(sources: AddressSet, family: Family): Pick<ExposedPort, "from" | "cidrs"> {
  if (isEmptyAddressSet(sources)) return { from: "Nowhere", cidrs: [] };
  const cidrs = family === "IPv4" ? sources.v4 : sources.v6;
  const every = everyAddress[family];
  return [...every.v4, ...every.v6].join() === cidrs.join()
    ? { from: "Anywhere", cidrs: [] }
    : { from: "Some", cidrs };
}

function networksOf({ attachments }: DockerContainer, { networks }: HostView): readonly string[] {
  const names = attachments.map(
    ({ networkId }) => networks.find(({ id }) => id === networkId)?.name ?? networkId,
  );
  return [...new Set(names)].toSorted();
}

function addressText({ address }: BridgeAddress): string {
  return formatAddress(address);
}

function compareSizes(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
