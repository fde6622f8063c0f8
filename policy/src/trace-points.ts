import { addressSetContains, addressSetOf } from "./address-set.ts";
import { type Address, formatAddress, parseCidr } from "./cidr.ts";
import type { HostFacts } from "./facts.ts";
import { ownAddresses } from "./host-addresses.ts";
import type { DockerContainer, DockerNetwork, HostView } from "./host-view.ts";
import {
  type BridgeAddress,
  bridgeAddresses,
  isBridgeNetwork,
  isLoopback,
} from "./published-path.ts";
import { quoted } from "./quoted.ts";
import type { TraceEnd } from "./trace-question.ts";

/** An end of a traced connection as it is found on a host. */
export type TracePoint =
  | OutsidePoint
  | {
      readonly kind: "host";
      /** It shares the network of the host. */
      readonly container?: DockerContainer;
      /** The one that was asked for; absent: whichever the host has. */
      readonly address?: Address;
    }
  | DockerPoint
  | ElsewherePoint;

export interface OutsidePoint {
  readonly kind: "outside";
  /** Absent: anybody whom no rule names. */
  readonly address?: Address;
  /** Of this host, that it is behind, as the question says; absent: it does not say. */
  readonly interface?: string;
}

export interface ElsewherePoint {
  readonly kind: "elsewhere";
  readonly container: DockerContainer;
  /** Where its traffic goes without passing a bridge. */
  readonly networks: string;
  readonly driver: string;
}

export interface DockerPoint {
  readonly kind: "docker";
  /** Absent: no running container is known to have the address. */
  readonly container?: DockerContainer;
  /** At least one. */
  readonly at: readonly [BridgeAddress, ...BridgeAddress[]];
  /** It was named by address, so what is published for it is not meant. */
  readonly byAddress?: true;
  /** It was named, and is on networks without a bridge too. */
  readonly beside?: ElsewherePoint;
}

export type PointsFound =
  | { readonly ok: true; readonly points: readonly TracePoint[] }
  | { readonly ok: false; readonly reason: string };

/** What the end is on this host; a network is each of its running containers. */
export function pointsOn(end: TraceEnd, host: HostFacts): PointsFound {
  switch (end.kind) {
    case "internet":
      return end.interface === undefined
        ? { ok: true, points: [{ kind: "outside" }] }
        : pointBehind({ interface: end.interface }, host.view);
    case "host":
      return { ok: true, points: [{ kind: "host" }] };
    case "address": {
      const text = formatAddress(end.address);
      if (isLoopback(text)) {
        return missing(`${text} is whoever uses it: write host, or the name of a container`);
      }
      return end.interface === undefined
        ? { ok: true, points: [pointOfAddress(end.address, host.view)] }
        : pointBehind({ address: end.address, interface: end.interface }, host.view);
    }
    case "docker":
      return pointsOfName(end, host);
  }
}

/** The question says by which interface, whoever of Docker's may have the same address. */
function pointBehind(
  point: { readonly address?: Address; readonly interface: string },
  view: HostView,
): PointsFound {
  const { address, interface: name } = point;
  const network = view.networks.find(({ bridge }) => bridge === name);
  if (network !== undefined) {
    return missing(
      `${name} is the bridge of network ${quoted(network.name)}: name the network or a container`,
    );
  }
  if (!view.interfaces.includes(name)) return missing(`no interface is called ${quoted(name)}`);
  return address !== undefined && addressSetContains(ownAddresses(view), address)
    ? { ok: true, points: [{ kind: "host", address }] }
    : { ok: true, points: [{ kind: "outside", ...point }] };
}

function pointOfAddress(address: Address, view: HostView): TracePoint {
  const isIt = (one: BridgeAddress) => isSame(one.address, address);
  for (const container of view.containers) {
    const at = bridgeAddresses(container, view).find(isIt);
    if (at !== undefined) return { kind: "docker", container, at: [at], byAddress: true };
  }
  if (addressSetContains(ownAddresses(view), address)) return { kind: "host", address };
  const network = view.networks
    .filter(isBridgeNetwork)
    .find(({ subnets }) => addressSetContains(setOf(subnets), address));
  return network === undefined
    ? { kind: "outside", address }
    : { kind: "docker", at: [{ network, address }], byAddress: true };
}

function pointsOfName(
  { name, what }: Extract<TraceEnd, { kind: "docker" }>,
  { view }: HostFacts,
): PointsFound {
  const container =
    what === "network" ? undefined : view.containers.find((one) => one.name === name);
  const networks =
    what === "container" ? [] : view.networks.filter((network) => network.name === name);
  if (container !== undefined && networks.length > 0) {
    return missing(
      `both a container and a network are called ${quoted(name)}: write container/${name} or network/${name}`,
    );
  }
  if (container !== undefined) return { ok: true, points: [pointOfContainer(container, view)] };
  if (networks.length === 0) {
    return missing(`no ${what ?? "running container and no network"} is called ${quoted(name)}`);
  }
  const points = view.containers.flatMap((one): readonly TracePoint[] => {
    const [first, ...rest] = bridgeAddresses(one, view).filter(({ network }) =>
      networks.includes(network),
    );
    return first === undefined ? [] : [{ kind: "docker", container: one, at: [first, ...rest] }];
  });
  if (points.length > 0) return { ok: true, points };
  return missing(
    networks.some(isBridgeNetwork)
      ? `no container runs on network ${quoted(name)}`
      : `network ${quoted(name)} has no bridge on this host`,
  );
}

function pointOfContainer(container: DockerContainer, view: HostFacts["view"]): TracePoint {
  if (container.hostNetwork) return { kind: "host", container };
  const [first, ...rest] = bridgeAddresses(container, view);
  const foreign = networksOf(container, view).filter((network) => !isBridgeNetwork(network));
  const beside = pointElsewhere(container, foreign);
  if (first === undefined) return pointElsewhere(container, networksOf(container, view));
  const point = { kind: "docker", container, at: [first, ...rest] } as const;
  return foreign.length === 0 ? point : { ...point, beside };
}

function networksOf({ attachments }: DockerContainer, { networks }: HostView) {
  return networks.filter(({ id }) => attachments.some(({ networkId }) => networkId === id));
}

function pointElsewhere(
  container: DockerContainer,
  networks: readonly DockerNetwork[],
): ElsewherePoint {
  return {
    ...{ kind: "elsewhere", container },
    networks: networks.map(({ name }) => name).join(", ") || "none",
    driver: networks[0]?.driver ?? "none",
  };
}

function setOf(subnets: readonly string[]) {
  return addressSetOf(subnets.map(parseCidr).flatMap((parsed) => (parsed.ok ? [parsed.cidr] : [])));
}

function isSame(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

function missing(reason: string): PointsFound {
  return { ok: false, reason };
}
