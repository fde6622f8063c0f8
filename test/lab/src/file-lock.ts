import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { exited } from "./execute.ts";

/**
 * Runs `action` while holding an exclusive kernel lock on `path`. The lock lives in a child that
 * ends when our pipe to it closes, so it is released however this process dies.
 */
export async function withFileLock<T>(
  path: string,
  onWait: () => void,
  action: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const holder = spawn("/usr/bin/flock", [path, "/bin/sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = setTimeout(onWait, 500);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once("error", reject);
      holder.once("exit", (code) => {
        reject(new Error(`cannot lock ${path}: flock ended with ${String(code)}`));
      });
      holder.stdout.once("data", () => {
        resolve();
      });
    });
    clearTimeout(waiting);
    return await action();
  } finally {
    clearTimeout(waiting);
    const gone = exited(holder);
    holder.stdin.end();
    await gone;
  }
}
