import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { eventually } from "./eventually.ts";
import { exited } from "./execute.ts";
import { inNode, nodeEnvironment } from "./namespaces.ts";

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** A long-running process in a node. It ends with the lab, not with the process that started it. */
export interface LabProcess {
  /** Its id as the machine sees it. */
  readonly pid: number;
  /** File that stdout and stderr go to. */
  readonly logPath: string;
  /** Resolves with the exit status (128 + signal number when killed). */
  readonly exited: Promise<number>;
  isRunning(): boolean;
  /** Sends a signal to the process itself; what it started goes on, as on a real host. */
  kill(signal: NodeJS.Signals): void;
  /** All that it has written so far. */
  output(): Promise<string>;
  /** Waits until its output matches; fails at once, with the output, when the process ends. */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
}

export async function spawnInNode(
  nodePid: number,
  argv: readonly string[],
  logPath: string,
  options: SpawnOptions = {},
): Promise<LabProcess> {
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, "a");
  const [file = "", ...rest] = inNode(nodePid, argv);
  const child = spawn(file, rest, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...nodeEnvironment, ...options.env },
  });
  closeSync(log);
  const outer = child.pid;
  if (outer === undefined) throw new Error(`cannot start ${file}`);
  child.unref();
  let running = true;
  const end = exited(child).then((code) => {
    running = false;
    return code;
  });
  const output = (): Promise<string> => readFile(logPath, "utf8");
  const pid = await eventually(() => (running ? firstChild(outer) : Promise.resolve(-1)), {
    what: `${argv.join(" ")} to start`,
    intervalMs: 3,
  });
  return {
    pid,
    logPath,
    get exited() {
      // A process with nothing else to do ends, unless it waits for this one.
      child.ref();
      return end;
    },
    isRunning: () => running,
    kill: (signal) => {
      if (!running || pid < 0) return;
      try {
        process.kill(pid, signal);
        // nsenter has stopped itself together with it.
        if (signal === "SIGCONT") process.kill(outer, signal);
      } catch {
        // It ended in this very moment; `exited` tells.
      }
    },
    output,
    waitForOutput: (pattern, timeoutMs = 30_000) =>
      eventually(
        async () => {
          const match = pattern.exec(await output());
          if (match !== null) return match;
          if (!running) throw new Error(`${argv.join(" ")} ended:\n${await output()}`);
          return undefined;
        },
        { what: `${String(pattern)} in the output of ${argv.join(" ")}`, timeoutMs },
      ),
  };
}

/** nsenter stays outside and waits; the process in the node is its only child. */
async function firstChild(pid: number): Promise<number | undefined> {
  const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
  const text = await readFile(path, "utf8").catch(() => "");
  const child = Number(text.trim().split(" ")[0]);
  return child > 0 ? child : undefined;
}
