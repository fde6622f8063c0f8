import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Replaces a file so that after a crash at any moment there is either the old content or the new, and
 * when it resolves the new content is on the disk. Only the owner can read it.
 */
export async function atomicWrite(path: string, content: string): Promise<void> {
  const staging = stagingOf(path);
  const file = await open(staging, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(staging, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes what `atomicWrite` made, and what a crash in the middle of it left. */
export async function removeWritten(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(stagingOf(path), { force: true });
}

function stagingOf(path: string): string {
  return `${path}.new`;
}
