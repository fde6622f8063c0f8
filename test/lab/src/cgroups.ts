import { readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

/** The cgroup that everything of a lab's containers is in, relative to each hierarchy's root. */
export function cgroupOf(labId: string): string {
  return `seawall-lab-${labId}`;
}

/** Folders of a lab in every cgroup hierarchy of the machine: one with v2, about ten with v1. */
export async function findCgroups(labId: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const mountPoint of await cgroupMounts()) {
    const names = await readdir(mountPoint).catch((): string[] => []);
    if (names.includes(cgroupOf(labId))) found.push(join(mountPoint, cgroupOf(labId)));
  }
  return found;
}

/** Removes a lab's cgroups once its processes are gone; the kernel needs a moment after that. */
export async function removeCgroups(labId: string): Promise<void> {
  await eventually(
    async () => {
      for (const path of await findCgroups(labId)) await removeTree(path);
      return (await findCgroups(labId)).length === 0;
    },
    { what: `cgroups of lab ${labId} to be removable` },
  );
}

async function cgroupMounts(): Promise<readonly string[]> {
  const mountInfo = await readFile("/proc/self/mountinfo", "utf8");
  return mountInfo
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path !== "");
}

/** A cgroup's files go with its folder, so only folders are removed, innermost first. */
async function removeTree(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(path, entry.name));
  await rmdir(path).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOENT" && code !== "EBUSY") throw error;
  });
}
