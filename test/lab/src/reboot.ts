import { readdir, readlink } from "node:fs/promises";
import { eventually } from "./eventually.ts";
import { joinNetwork } from "./join-network.ts";
import { type LabRecord, type NodeRecord, writeLabRecord } from "./lab-folder.ts";
import { startNode } from "./start-node.ts";
import { disconnectNode } from "./switch.ts";

/**
 * Cuts a node's power and gives it back. Its disk is as it was, Docker's data too; everything else is
 * new: processes, network namespace with rules, sets, links and sysctls, /run and /tmp. Nothing is
 * started. `node` is the lab's own record of it, which other handles look at too.
 */
export async function reboot(lab: LabRecord, node: NodeRecord): Promise<void> {
  const before = await mountsOf(String(node.pid));
  process.kill(node.pid, "SIGKILL");
  // Two mounts must not share a disk, and whoever has come in from outside keeps the old one.
  await eventually(async () => !(await allMounts()).includes(before), {
    what: `all processes of ${node.name} to end`,
  });
  await disconnectNode(lab, node);
  node.pid = await startNode(lab, node);
  await joinNetwork(lab, [node]);
  await writeLabRecord(lab);
}

async function allMounts(): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map(mountsOf));
}

/** Names the mount namespace of a process; empty when the process is gone. */
function mountsOf(pid: string): Promise<string> {
  return readlink(`/proc/${pid}/ns/mnt`).catch(() => "");
}
