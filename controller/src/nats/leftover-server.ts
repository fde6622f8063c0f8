import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { configFile, pidFile } from "./server-config.ts";

/** Another living controller supervises the server of this state directory. */
export class StateInUseError extends Error {
  override name = "StateInUseError";
}

const PATIENCE_MS = 15_000;

/**
 * Ends the server that a controller left behind when it was killed: it holds the
 * port and the store. Only a process whose command line names our configuration
 * file is touched.
 * @throws StateInUseError when its controller still lives.
 */
export async function endLeftoverServer(directory: string): Promise<void> {
  const pid = await leftover(directory);
  if (pid === undefined) return;
  const parent = await parentOf(pid);
  // An orphan is handed to init or to a sub-reaper; neither runs our program.
  if (parent !== undefined && parent !== 1 && parent !== process.pid && (await isNode(parent))) {
    throw new StateInUseError(
      `${directory} is in use: process ${String(parent)} runs its nats-server (process ${String(pid)}); stop that controller first`,
    );
  }
  signal(pid, "SIGTERM");
  const deadline = performance.now() + PATIENCE_MS;
  while ((await leftover(directory)) === pid) {
    if (performance.now() > deadline) signal(pid, "SIGKILL");
    await delay(50);
  }
}

async function leftover(directory: string): Promise<number | undefined> {
  const pid = Number(await textOf(pidFile(directory)));
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  const argv = (await textOf(`/proc/${String(pid)}/cmdline`)).split("\0");
  return argv.includes(configFile(directory)) ? pid : undefined;
}

async function parentOf(pid: number): Promise<number | undefined> {
  const match = /^PPid:\s+(\d+)$/m.exec(await textOf(`/proc/${String(pid)}/status`));
  return match === null ? undefined : Number(match[1]);
}

async function isNode(pid: number): Promise<boolean> {
  const [program = ""] = (await textOf(`/proc/${String(pid)}/cmdline`)).split("\0");
  return /(^|\/)(node|seawall)$/.test(program);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It may end between the look and the signal.
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // ESRCH: the process ended while its file was being read.
    if (hasCode(error, "ENOENT") || hasCode(error, "ESRCH")) return "";
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
