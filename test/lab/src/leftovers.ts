import { existsSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { findCgroups } from "./cgroups.ts";
import { labDir } from "./lab-folder.ts";

/**
 * Everything on this machine that belongs to a lab, as lines of text; empty once it is gone.
 * `namespaces` are the lab's network namespaces as they were while it ran (`net:[…]`).
 */
export async function findLeftovers(
  labId: string,
  namespaces: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  if (existsSync(labDir(labId))) found.push(`folder ${labDir(labId)}`);
  for (const path of await findCgroups(labId)) found.push(`cgroup ${path}`);
  for (const path of ["/proc/self/mountinfo", "/run/mount/utab"]) {
    const mounts = existsSync(path) ? await readFile(path, "utf8") : "";
    for (const line of mounts.split("\n")) if (line.includes(labId)) found.push(`mount ${line}`);
  }
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const namespace = await readlink(`/proc/${pid}/ns/net`).catch(() => "");
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!namespaces.includes(namespace) && !command.includes(labId)) continue;
    found.push(`process ${pid} ${command.replaceAll("\0", " ")}`);
  }
  return found;
}
