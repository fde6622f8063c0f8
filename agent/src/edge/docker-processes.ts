import { readdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { basename, join } from "node:path";
import type { DockerProxy } from "@seawall/policy";

/** What the processes of engines tell, as far as they can be seen. */
export interface DockerProcesses {
  /** By their arguments: nothing else tells where one listens. */
  readonly proxies: readonly DockerProxy[];
  /** Absent: no dockerd can be seen, or more than one. */
  readonly daemon?: string;
}

/**
 * undefined: neither a docker-proxy nor dockerd can be seen, so they run in another pid namespace.
 * @param proc where processes are shown, as /proc.
 */
export async function readDockerProcesses(proc: string): Promise<DockerProcesses | undefined> {
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readCommand(join(proc, pid, "cmdline"))));
  const programs = commands.map(([program = ""]) => basename(program));
  const daemons = pids.filter((_, index) => programs[index] === DAEMON);
  if (daemons.length === 0 && !programs.includes(PROXY)) return undefined;
  const starts = await Promise.all(daemons.map((pid) => readStart(join(proc, pid))));
  const [daemon, ...others] = starts.flatMap((start) => start ?? []);
  const proxies = commands.flatMap((command) => proxyOf(command) ?? []);
  proxies.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { proxies, ...(daemon === undefined || others.length > 0 ? {} : { daemon }) };
}

const DAEMON = "dockerd";
const PROXY = "docker-proxy";

async function readCommand(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, "utf8")).split("\0");
  } catch {
    // It has ended since it was listed.
    return [];
  }
}

/**
 * Which process it is, and since when: a process id comes back. undefined: it is in a container, as where builds have a Docker of
 * their own, or has ended.
 */
async function readStart(folder: string): Promise<string | undefined> {
  try {
    const status = await readFile(join(folder, "status"), "utf8");
    const [, id] = /^NSpid:\t(\d+)$/m.exec(status) ?? [];
    if (id === undefined) return undefined;
    const stat = await readFile(join(folder, "stat"), "utf8");
    // Behind the name, which may contain anything: field 22 of proc(5).
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return start === undefined ? undefined : `${id}@${start}`;
  } catch {
    return undefined;
  }
}

const protocols = [
  ["tcp", "TCP"],
  ["udp", "UDP"],
  ["sctp", "SCTP"],
] as const;

/** undefined for every other program, and for one that only has the name. */
function proxyOf([program = "", ...words]: readonly string[]): DockerProxy | undefined {
  if (basename(program) !== PROXY) return undefined;
  const after = (option: string) => {
    const at = words.indexOf(option);
    return at < 0 ? "" : (words[at + 1] ?? "");
  };
  const protocol = protocols.find(([word]) => word === after("-proto"))?.[1];
  const [hostAddress, containerAddress] = [after("-host-ip"), after("-container-ip")];
  const [hostPort, containerPort] = [portOf(after("-host-port")), portOf(after("-container-port"))];
  if (protocol === undefined || hostPort === undefined || containerPort === undefined) {
    return undefined;
  }
  if (isIP(hostAddress) === 0 || isIP(containerAddress) === 0) return undefined;
  return { protocol, hostAddress, hostPort, containerAddress, containerPort };
}

function portOf(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : undefined;
}
