import { readdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { basename, join } from "node:path";
import type { DockerProxy } from "@seawall/policy";

/**
 * The docker-proxy processes that can be seen from here, by their arguments: nothing else tells where
 * one listens. undefined: neither one of them nor dockerd can be seen, so they run in another pid namespace.
 * @param proc where processes are shown, as /proc.
 */
export async function readDockerProxies(proc: string): Promise<readonly DockerProxy[] | undefined> {
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readCommand(join(proc, pid, "cmdline"))));
  const programs = commands.map(([program = ""]) => basename(program));
  if (!programs.some((program) => program === "dockerd" || program === PROXY)) return undefined;
  const proxies = commands.flatMap((command) => proxyOf(command) ?? []);
  return proxies.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const PROXY = "docker-proxy";

async function readCommand(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, "utf8")).split("\0");
  } catch {
    // It has ended since it was listed.
    return [];
  }
}

const protocols = [
  ["tcp", "TCP"],
  ["udp", "UDP"],
  ["sctp", "SCTP"],
] as const;

/** undefined for every other program, and for one that only has the name. */
export function proxyOf([program = "", ...words]: readonly string[]): DockerProxy | undefined {
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
