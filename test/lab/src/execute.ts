import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

export interface ExecResult {
  /** Exit status; 128 + signal number when a signal ended it, as shells say it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface ExecOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default 60 s: nothing in a lab may hang a test run. */
  readonly timeoutMs?: number;
  /** Called with each line of stdout as it comes: for progress of long commands. */
  readonly onStdoutLine?: (line: string) => void;
}

/** A command that had to succeed and did not; the message carries all the evidence. */
export class CommandError extends Error {
  readonly argv: readonly string[];
  readonly result: ExecResult;

  constructor(argv: readonly string[], result: ExecResult) {
    const how = result.timedOut ? "timed out" : `exit ${String(result.code)}`;
    const output = [result.stderr.trim(), result.stdout.trim()].filter((text) => text !== "");
    super([`${argv.join(" ")}: ${how}`, ...output].join("\n"));
    this.name = "CommandError";
    this.argv = argv;
    this.result = result;
  }
}

/** Runs a command to its end. Never throws because of its exit status, only when it cannot start. */
export function execute(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error("execute: empty argv");
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
      // A grandchild may hold the pipes open; without this `close` would wait for it.
      child.stdout.destroy();
      child.stderr.destroy();
    }, options.timeoutMs ?? 60_000);
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    if (options.onStdoutLine !== undefined) {
      createInterface({ input: child.stdout }).on("line", options.onStdoutLine);
    }
    // A command that does not read its input to the end is not an error of ours.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({
        code: exitStatus(code, signal),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        timedOut,
      });
    });
  });
}

/** Runs a command that has to succeed; returns its stdout. */
export async function run(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
  const result = await execute(argv, options);
  if (result.code !== 0 || result.timedOut) throw new CommandError(argv, result);
  return result.stdout;
}

function exitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return signal === null ? 255 : 128 + constants.signals[signal];
}

/** Resolves with the exit status of a child, also when it has ended already. */
export function exited(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(exitStatus(child.exitCode, child.signalCode));
  }
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      resolve(exitStatus(code, signal));
    });
  });
}
