import { readFile } from "node:fs/promises";
import type { NodeAddresses } from "./addressing.ts";
import type { DatagramCounter } from "./datagram-counter.ts";
import { dig, digText, getFromDocker } from "./docker-api.ts";
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
  /** `options` are those of `docker network connect`. A running container's new addresses are usable. */
  connect(network: string, ...options: readonly string[]): Promise<void>;
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
  /** As `docker run --publish` takes it. */
  readonly publish?: readonly string[];
  readonly listen?: readonly ListenRole[];
  /** UDP ports on which the datagrams of streams are counted, and nothing is answered. */
  readonly count?: readonly number[];
  readonly labels?: Readonly<Record<string, string>>;
  /** More options of `docker run`. */
  readonly extraArgs?: readonly string[];
}

export function runArguments(options: ContainerOptions, image: string): readonly string[] {
  const argv = ["run", "--detach", "--name", options.name, "--hostname", options.name];
  if (options.network !== undefined) argv.push("--network", options.network);
  for (const publish of options.publish ?? []) argv.push("--publish", publish);
  for (const [key, value] of Object.entries(options.labels ?? {})) {
    argv.push("--label", `${key}=${value}`);
  }
  const count = (options.count ?? []).map((port) => `count:${String(port)}:/arrivals/all`);
  // On the host, so that what is counted outlives the container's process.
  if (count.length > 0) argv.push("--volume", `${arrivalsDir(options.name)}:/arrivals`);
  return [...argv, ...(options.extraArgs ?? []), image, ...(options.listen ?? []), ...count];
}

function arrivalsDir(container: string): string {
  return `/run/lab-arrivals/${container}`;
}

/** The engine that a container runs on. */
export interface ContainerEngine {
  readonly node: LabNode;
  readonly socket: () => string;
  readonly docker: (...args: readonly string[]) => Promise<string>;
}

/** Waits until the container listens and all its addresses are usable. */
export async function openContainer(
  engine: ContainerEngine,
  id: string,
  options: ContainerOptions,
): Promise<Container> {
  const { node, docker } = engine;
  const { name, network = "bridge", listen = [], count = [] } = options;
  const roles = [...listen, ...count.map((port): ListenRole => `udp:${port}`)];
  const inspect = (): Promise<unknown> => getFromDocker(engine.socket(), `/containers/${id}/json`);
  const addressesOn = async (on: string): Promise<NodeAddresses> => {
    const endpoint = dig(await inspect(), "NetworkSettings", "Networks", on);
    if (endpoint === undefined) throw new Error(`${name} on ${node.name} is not on network ${on}`);
    return { ipv4: digText(endpoint, "IPAddress"), ipv6: digText(endpoint, "GlobalIPv6Address") };
  };
  /** Of the node's own pid namespace, which the node's /proc is of too; 0 while it is stopped. */
  const pid = async (): Promise<unknown> => dig(await inspect(), "State", "Pid");
  const proc = async (): Promise<string> => {
    const running = await pid();
    if (typeof running !== "number" || running === 0) throw new Error(`${name} is not running`);
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
    connect: async (to, ...connectOptions) => {
      await docker("network", "connect", ...connectOptions, to, id);
      if ((await pid()) !== 0) await ready();
    },
    disconnect: async (from) => {
      await docker("network", "disconnect", from, id);
    },
    start: async () => {
      await docker("start", id);
      await ready();
    },
    stop: async () => {
      await docker("stop", id);
    },
    restart: async () => {
      await docker("restart", id);
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
