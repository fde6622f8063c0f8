import { readFile } from "node:fs/promises";
import type Dockerode from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import type { NodeAddresses } from "./addressing.ts";
import type { DatagramCounter } from "./datagram-counter.ts";
import type { EngineApi } from "./engine-api.ts";
import { eventually } from "./eventually.ts";
import type { LabNode, ProbeOrigin } from "./lab-node.ts";

/** A container of a Docker host; packets can be sent from it like from a node, and counted in it. */
export interface Container extends ProbeOrigin, DatagramCounter {
  readonly id: string;
  /** Its addresses on the network that it was started on; they may change when it restarts. */
  readonly ipv4: string;
  /** Empty when the network has no IPv6. */
  readonly ipv6: string;
  /**
   * Its addresses on a network as Docker says now, each empty where there is none: all while it is
   * stopped, and on network `host`. Rejects when it is not on the network.
   */
  addressesOn(network: string): Promise<NodeAddresses>;
  /** A running container's new addresses are usable. */
  connect(network: string, address?: { readonly ipv4: string }): Promise<void>;
  disconnect(network: string): Promise<void>;
  /** Resolves when it listens again. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `start`. */
  restart(): Promise<void>;
}

/** A role of the listener: `tcp:3306` or `udp:53`. */
export type ListenRole = `tcp:${number}` | `udp:${number}`;

export interface ContainerOptions {
  readonly name: string;
  /** Default: Docker's own `bridge`. On `host` its listener has the host's addresses. */
  readonly network?: string;
  /** `8080:80` or `5353:53/udp`: the host's port, and the container's. */
  readonly publish?: readonly string[];
  readonly listen?: readonly ListenRole[];
  /** UDP ports on which the datagrams of streams are counted, and nothing is answered. */
  readonly count?: readonly number[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Its addresses on the network. Default: any. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  /** Default: it is not started again. */
  readonly restart?: "always";
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** What `docker create` makes of the options. */
export function createOptions(options: ContainerOptions, image: string): ContainerCreateOptions {
  const { name, network = "bridge", publish = [], listen = [], ipv4, ipv6 } = options;
  const count = (options.count ?? []).map((port) => `count:${String(port)}:/arrivals/all`);
  const published = publish.map(publishedPort);
  return {
    ...{ name, Hostname: name, Image: image, Cmd: [...listen, ...count] },
    Labels: { ...options.labels },
    ExposedPorts: Object.fromEntries(published.map(({ inside }) => [inside, {}])),
    HostConfig: {
      NetworkMode: network,
      PortBindings: Object.fromEntries(
        published.map(({ inside, port }) => [inside, [{ HostPort: port }]]),
      ),
      // On the host, so that what is counted outlives the container's process.
      Binds: count.length > 0 ? [`${arrivalsDir(name)}:/arrivals`] : [],
      RestartPolicy: { Name: options.restart ?? "no" },
      Sysctls: { ...options.sysctls },
    },
    NetworkingConfig: {
      EndpointsConfig: {
        ...((ipv4 ?? ipv6) === undefined ? {} : { [network]: { IPAMConfig: ipam(ipv4, ipv6) } }),
      },
    },
  };
}

function publishedPort(text: string): { readonly port: string; readonly inside: string } {
  const [, port, inside, protocol = "tcp"] = /^(\d+):(\d+)(?:\/(udp))?$/.exec(text) ?? [];
  if (port === undefined || inside === undefined) {
    throw new Error(`${text} is not a published port like 8080:80 or 5353:53/udp`);
  }
  return { port, inside: `${inside}/${protocol}` };
}

function ipam(ipv4: string | undefined, ipv6: string | undefined) {
  return {
    ...(ipv4 === undefined ? {} : { IPv4Address: ipv4 }),
    ...(ipv6 === undefined ? {} : { IPv6Address: ipv6 }),
  };
}

function arrivalsDir(container: string): string {
  return `/run/lab-arrivals/${container}`;
}

/** The engine that a container runs on. */
export interface ContainerEngine {
  readonly node: LabNode;
  readonly api: EngineApi;
}

/** Waits until the container listens and all its addresses are usable. */
export async function openContainer(
  engine: ContainerEngine,
  id: string,
  options: ContainerOptions,
): Promise<Container> {
  const { node, api } = engine;
  const { name, network = "bridge", listen = [], count = [] } = options;
  const roles = [...listen, ...count.map((port): ListenRole => `udp:${port}`)];
  const inspect = () => api.ask(`inspect ${name}`, (docker) => docker.getContainer(id).inspect());
  const order = (verb: string, call: (own: Dockerode.Container) => Promise<unknown>) =>
    api.order(`${verb} ${name}`, (docker) => call(docker.getContainer(id)));
  const addressesOn = async (on: string): Promise<NodeAddresses> => {
    const { NetworkSettings } = await inspect();
    const endpoint = NetworkSettings.Networks[on];
    if (endpoint === undefined) throw new Error(`${name} on ${node.name} is not on network ${on}`);
    return { ipv4: endpoint.IPAddress, ipv6: endpoint.GlobalIPv6Address };
  };
  /** Of the node's own pid namespace, which the node's /proc is of too; 0 while it is stopped. */
  const pid = async () => (await inspect()).State.Pid;
  const proc = async (): Promise<string> => {
    const running = await pid();
    if (running === 0) throw new Error(`${name} is not running`);
    return node.path(`/proc/${String(running)}`);
  };
  const isReady = async (): Promise<boolean> => {
    const path = await proc();
    return (await listensOnAll(path, roles)) && !(await hasTentativeAddress(path));
  };
  const ready = (): Promise<true> =>
    eventually(isReady, { what: `container ${name} on ${node.name} to listen` });

  await ready();
  return {
    name,
    id,
    ...(await addressesOn(network)),
    get arrivals() {
      return node.path(`${arrivalsDir(name)}/all`);
    },
    networkNamespace: async () => `${await proc()}/ns/net`,
    addressesOn,
    connect: async (to, address) => {
      const endpoint = address && { IPAMConfig: ipam(address.ipv4, undefined) };
      await api.order(`connect ${name} to ${to}`, async (docker) => {
        await docker
          .getNetwork(to)
          .connect({ Container: id, ...(endpoint && { EndpointConfig: endpoint }) });
      });
      if ((await pid()) !== 0) await ready();
    },
    disconnect: async (from) => {
      await api.order(`disconnect ${name} from ${from}`, async (docker) => {
        await docker.getNetwork(from).disconnect({ Container: id });
      });
    },
    start: async () => {
      await order("start", (own) => own.start());
      await ready();
    },
    stop: async () => {
      await order("stop", (own) => own.stop());
    },
    restart: async () => {
      await order("restart", (own) => own.restart());
      await ready();
    },
  };
}

async function listensOnAll(proc: string, roles: readonly ListenRole[]): Promise<boolean> {
  for (const role of roles) {
    const [protocol = "", port = ""] = role.split(":");
    const hex = Number(port).toString(16).toUpperCase().padStart(4, "0");
    const tables = await Promise.all(
      [protocol, `${protocol}6`].map((table) => readFile(`${proc}/net/${table}`, "utf8")),
    );
    // Local address and port are the second column: `   0: 00…00:0CEA 00…`.
    if (!tables.some((table) => new RegExp(`^ *\\d+: [0-9A-F]+:${hex} `, "m").test(table))) {
      return false;
    }
  }
  return true;
}

/** While duplicate address detection runs, packets to an IPv6 address are lost. */
async function hasTentativeAddress(proc: string): Promise<boolean> {
  const table = await readFile(`${proc}/net/if_inet6`, "utf8").catch(() => "");
  return table.split("\n").some((line) => {
    const flags = Number.parseInt(line.trim().split(/\s+/)[4] ?? "0", 16);
    return (flags & 0x40) !== 0;
  });
}
