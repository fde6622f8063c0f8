import { spawn as spawnChild } from "node:child_process";
import type { Readable } from "node:stream";
import type { ExecResult } from "./exec.ts";

/** A program that runs until it ends or is stopped. */
export interface RunningProgram {
  /** Absent: it could not be started. */
  readonly pid?: number;
  readonly stdout: Readable;
  /** Each piece of what it says there; a promise of nothing: pieces can be cut anywhere. */
  readonly stderr: Readable;
  /** With the end of its stderr; stdout is not kept. */
  readonly ended: Promise<ExecResult>;
  /** Gently, and after two seconds by force. */
  stop(): void;
}

export type Spawn = (argv: readonly string[]) => RunningProgram;

const KILL_AFTER_MS = 2_000;
const KEPT_STDERR = 4_096;

/** Starts a program: never through a shell, without input, and in the C locale so that messages are known. */
export const spawn: Spawn = ([file, ...rest]) => {
  if (file === undefined) throw new Error("spawn: empty argv");
  const child = spawnChild(file, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("latin1")).slice(-KEPT_STDERR);
  });
  const ended = new Promise<ExecResult>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      resolve({ kind: "notStarted", code: error.code ?? error.message });
    });
    // Not at exit: what it wrote before may still be on its way.
    child.on("close", (code, signal) => {
      resolve(
        code === null
          ? { kind: "killed", signal: signal ?? "a signal" }
          : { kind: "exited", code, stdout: "", stderr },
      );
    });
  });
  return {
    ...(child.pid === undefined ? {} : { pid: child.pid }),
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    stop: () => {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      void ended.then(() => {
        clearTimeout(force);
      });
    },
  };
};
