import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./execute.ts";
import { firstLineOf } from "./first-line.ts";
import { type LabRecord, labDir } from "./lab-folder.ts";
import { inLab } from "./namespaces.ts";
import { devices, innerMounts, rootMounts } from "./node-mounts.ts";
import type { PlannedNode } from "./plan-nodes.ts";
import { repositoryDir, scriptsDir } from "./repository.ts";

/** What a node needs to know of its lab. */
export interface NodeSetting
  extends Pick<LabRecord, "id" | "initPid" | "layers" | "firewalldLayer"> {
  readonly nodes: readonly PlannedNode[];
}

/**
 * The node's disk: memory that everything it writes goes to. It belongs to the lab's first process
 * and not to the node's, so it is there when the node starts again.
 */
export async function makeDisk({ id, initPid }: NodeSetting, { name }: PlannedNode): Promise<void> {
  const disk = diskOf(id, name);
  await mkdir(disk, { recursive: true });
  const script = 'mount -t tmpfs -o mode=755 lab "$0"; cd "$0"; mkdir upper docker containerd';
  await run(inLab(initPid, ["/bin/sh", "-ec", script, disk]));
}

/** Debian's own node keeps parts of itself here; other builds do not look. */
const debianNode = "/usr/share/nodejs";

/** Starts the first process of a node; returns its id as the machine sees it. */
export async function startNode(lab: NodeSetting, node: PlannedNode): Promise<number> {
  const place = {
    layers: layersOf(lab, node),
    disk: diskOf(lab.id, node.name),
    shown: [repositoryDir, ...(existsSync(debianNode) ? [debianNode] : [])],
  };
  const unshare = ["/usr/bin/unshare", "--mount", "--propagation", "private", "--net", "--uts"];
  unshare.push("--ipc", "--pid", "--fork", "--kill-child=KILL");
  unshare.push("--", "/bin/sh", join(scriptsDir, "node-init.sh"));
  const [file = "", ...argv] = inLab(lab.initPid, unshare);
  const logPath = join(labDir(lab.id), "log", `${node.name}-init.log`);
  const log = openSync(logPath, "a");
  const child = spawn(file, argv, {
    detached: true,
    stdio: ["ignore", "pipe", log],
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      NODE_NAME: node.name,
      DISK: place.disk,
      ROOT_MOUNTS: rootMounts(place),
      INNER_MOUNTS: innerMounts(place),
      DEVICES: devices.join(" "),
      IPTABLES: node.iptables,
      HOSTS: hostsFile(lab.nodes),
    },
  });
  closeSync(log);
  child.unref();
  const line = await firstLineOf(child);
  child.stdout?.destroy();
  if (typeof line !== "string") {
    throw new Error(`node ${node.name} did not start:\n${await readFile(logPath, "utf8")}`);
  }
  return Number(line);
}

function layersOf({ layers, firewalldLayer }: NodeSetting, { firewalld }: PlannedNode): string {
  return firewalld && firewalldLayer !== null ? `${firewalldLayer}:${layers}` : layers;
}

function diskOf(id: string, node: string): string {
  return join(labDir(id), "nodes", node);
}

function hostsFile(nodes: readonly PlannedNode[]): string {
  const lines = ["127.0.0.1 localhost", "::1 localhost"];
  for (const node of nodes) lines.push(`${node.ipv4} ${node.name}`, `${node.ipv6} ${node.name}`);
  return lines.join("\n");
}
