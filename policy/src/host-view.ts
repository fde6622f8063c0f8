import type { Family, PortRange } from "./desired-state.ts";
import type { Enforcement } from "./enforcement.ts";
import type { Labels } from "./label-selector.ts";

/** Everything of one host that policies are resolved and judged by, as it was read at one moment. */
export interface HostView {
  readonly networks: readonly DockerNetwork[];
  /** Running containers only: a stopped one has no addresses. */
  readonly containers: readonly DockerContainer[];
  /** Every network interface of the host, bridges too. */
  readonly interfaces: readonly string[];
  /** The host's own on all of them, but for loopback ones and link-local ones of IPv6: what is sent there is not forwarded. Empty: not known. */
  readonly addresses: readonly string[];
  /** Published ports that policies name and that programs of the host itself have, so that no rule of ours is in their way. Absent: none. */
  readonly ownPorts?: readonly HostPort[];
  /** What containers that publish nothing now, mostly because they do not run, will publish at ports that are theirs already. Absent: nothing. */
  readonly awaitedPorts?: readonly AwaitedPorts[];
  readonly engine: EngineFacts;
  readonly management: readonly ManagementBinding[];
}

/** A port at which somebody on the host may listen. */
export interface HostPort {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

/** Where a container will publish one of its ports as soon as it runs: it was created so. */
export interface AwaitedPorts {
  readonly protocol: HostPort["protocol"];
  /** One port; of several, Docker takes any that is free. */
  readonly range: PortRange;
  /** The container's name. */
  readonly container: string;
  /** Networks that it will be on. */
  readonly networkIds: readonly string[];
}

/** A published port of the host by which agents reach NATS or the controller, which runs in a container here. TCP. */
export interface ManagementBinding {
  /** As it is advertised: an address of the host itself. */
  readonly address: string;
  readonly port: number;
  /** The container's name. */
  readonly container: string;
}

/** A Docker network as read from the host. */
export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  /** The Linux bridge, verified to exist. Absent: the driver has none, or it is not there (yet). */
  readonly bridge?: string;
  readonly subnets: readonly string[];
  readonly labels: Labels;
  readonly internal: boolean;
  /** Absent: containers of the network may talk to each other (`com.docker.network.bridge.enable_icc`). */
  readonly icc?: false;
  /** Per family, where containers are reached without DNAT (`gateway_mode_ipv4|6=routed`, engines from 27 on). */
  readonly routed?: readonly Family[];
}

/** A running container. */
export interface DockerContainer {
  readonly id: string;
  readonly name: string;
  readonly labels: Labels;
  /** Shares the network namespace of the host, so none of its traffic is forwarded. */
  readonly hostNetwork: boolean;
  readonly attachments: readonly Attachment[];
  readonly published: readonly PublishedPort[];
}

/** A container's end on a network. */
export interface Attachment {
  readonly networkId: string;
  /** Single addresses of both families, as Docker gave them. */
  readonly addresses: readonly string[];
}

/** One binding of a container's port on the host. */
export interface PublishedPort {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  /** Where the host listens: an address, `0.0.0.0` or `::`. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

/** What decides which paths of this host no rule of ours can see. */
export interface EngineFacts {
  /** Empty when unknown. */
  readonly version: string;
  readonly swarm: boolean;
  /** What Docker keeps its own rules in. */
  readonly firewall: Enforcement;
  /** Families in which Docker keeps rules of its own there, and so redirects published ports. */
  readonly dockerRules: Readonly<Record<Family, boolean>>;
  /** Whether the kernel shows iptables what stays on one bridge (`bridge-nf-call-iptables`, `-ip6tables`). */
  readonly bridgeNf: Readonly<Record<Family, boolean>>;
  /** Sockets of docker-proxy: what they accept is sent to the container by the host itself. */
  readonly proxies: readonly DockerProxy[];
}

export interface DockerProxy {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly containerAddress: string;
  readonly containerPort: number;
}

/** Of a host of which only the networks are known. */
export function viewOfNetworks(networks: readonly DockerNetwork[]): HostView {
  return {
    ...{ networks, containers: [], interfaces: [], addresses: [] },
    ...{ engine: unknownEngine, management: [] },
  };
}

/** Nothing is taken to be outside of what rules see. */
export const unknownEngine: EngineFacts = {
  version: "",
  swarm: false,
  firewall: "iptables",
  dockerRules: { IPv4: true, IPv6: true },
  bridgeNf: { IPv4: true, IPv6: true },
  proxies: [],
};
