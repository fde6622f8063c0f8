import { readFile } from "node:fs/promises";
import { dig, digText, getFromDocker } from "./docker-api.ts";
import { eventually } from "./eventually.ts";
import type { LabNode, ProbeOrigin } from "./lab-node.ts";

/** A container of a Docker host; packets can be sent from it like from a node. */
export interface Container extends ProbeOrigin {
  readonly id: string;
  /** Its addresses on the network that it was started on; they may change when it restarts. */
  readonly ipv4: string;
  /** Empty when the network has no IPv6. */
  readonly ipv6: string;
}

/** A role of the listener: `tcp:3306` or `udp:53`. */
export type ListenRole = `tcp:${number}` | `udp:${number}`;

export interface ContainerOptions {
  readonly name: string;
  /** Default: Docker's own `bridge`. */
  readonly network?: string;
  /** As `docker run --publish` takes it. */
  readonly publish?: readonly string[];
  readonly listen?: readonly ListenRole[];
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
  return [...argv, ...(options.extraArgs ?? []), image, ...(options.listen ?? [])];
}

/** Waits until the container listens and all its addresses are usable. */
export async function openContainer(
  host: LabNode,
  socketPath: string,
  id: string,
  options: ContainerOptions,
): Promise<Container> {
  const inspect = (): Promise<unknown> => getFromDocker(socketPath, `/containers/${id}/json`);
  const proc = async (): Promise<string> => {
    const pid = dig(await inspect(), "State", "Pid");
    if (typeof pid !== "number" || pid === 0) throw new Error(`${options.name} is not running`);
    // The pid is one of the node's own pid namespace; the node's /proc knows it.
    return host.path(`/proc/${String(pid)}`);
  };
  await eventually(
    async () => {
      const path = await proc();
      return (await listensOnAll(path, options.listen ?? [])) && !(await hasTentativeAddress(path));
    },
    { what: `container ${options.name} on ${host.name} to listen` },
  );
  const details = await inspect();
  const network = options.network ?? "bridge";
  const endpoint = dig(details, "NetworkSettings", "Networks", network);
  return {
    name: options.name,
    id,
    ipv4: endpoint === undefined ? "" : digText(endpoint, "IPAddress"),
    ipv6: endpoint === undefined ? "" : digText(endpoint, "GlobalIPv6Address"),
    networkNamespace: async () => `${await proc()}/ns/net`,
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
