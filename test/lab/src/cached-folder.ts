import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { withFileLock } from "./file-lock.ts";
import type { Progress } from "./private-apt.ts";
import { cacheDir } from "./repository.ts";

export interface CachedFolder {
  /** The part of the cache that it is in. */
  readonly shelf: "roots" | "layers" | "images";
  /** What it is. Of one name only the newest is kept, and what somebody still uses. */
  readonly name: string;
  /** All that its content follows from. */
  readonly recipe: unknown;
  readonly build: (folder: string) => Promise<void>;
}

/** Somebody may have been given a folder and not have mounted it yet; after this long they have. */
const graceMs = 60 * 60_000;

/**
 * The path of a folder in `.cache/`, which is built if it is not there. Safe to call at the same
 * time from several processes. A folder is complete when it has its name; what a killed run left
 * half built is built anew.
 */
export async function ensureCachedFolder(want: CachedFolder, progress: Progress): Promise<string> {
  const { name, recipe, build } = want;
  const shelf = join(cacheDir, want.shelf);
  const hash = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 12);
  const path = join(shelf, `${name}-${hash}`);
  if (await touch(path)) return path;
  const onWait = (): void => {
    progress(`waiting for another run that prepares ${name}`);
  };
  return withFileLock(join(shelf, `${name}.lock`), onWait, async () => {
    if (await touch(path)) return path;
    const staging = join(shelf, `.${name}.new`);
    await rm(staging, { recursive: true, force: true });
    try {
      await mkdir(staging);
      // Layers show through as / of a node, which everybody may read.
      await chmod(staging, 0o755);
      await build(staging);
      await rename(staging, path);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    await removeSuperseded(shelf, name, path);
    return path;
  });
}

/** Says that the folder is in use; false when there is none. */
async function touch(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const now = new Date();
  await utimes(path, now, now);
  return true;
}

async function removeSuperseded(shelf: string, name: string, current: string): Promise<void> {
  const mounts = await allMounts();
  for (const entry of await readdir(shelf)) {
    const path = join(shelf, entry);
    const same =
      entry.startsWith(`${name}-`) && /^[0-9a-f]{12}$/.test(entry.slice(name.length + 1));
    if (!same || path === current || mounts.includes(entry)) continue;
    if (Date.now() - (await stat(path)).mtimeMs < graceMs) continue;
    await rm(path, { recursive: true, force: true });
  }
}

/** The mounts of every process, because those of a lab are in namespaces of their own. */
async function allMounts(): Promise<string> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const texts = pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => ""));
  return (await Promise.all(texts)).join("");
}
