import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ExecResult } from "./exec.ts";

/** As `exec`, for output that is too much to keep: it is told line by line, and `stdout` stays empty. */
export type ExecLines = (
  argv: readonly string[],
  onLine: (line: string) => void,
  options: { readonly timeoutMs: number },
) => Promise<ExecResult>;

/** What is kept of stderr. */
const longestMessage = 4_096;

export const execLines: ExecLines = (argv, onLine, { timeoutMs }) => {
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error("execLines: empty argv");
  return new Promise((resolve) => {
    const child = spawn(file, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      env: { ...process.env, LC_ALL: "C" },
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(0, longestMessage);
    });
    createInterface({ input: child.stdout, crlfDelay: Infinity }).on("line", onLine);
    child.on("error", (error) => {
      resolve({ kind: "notStarted", code: "code" in error ? String(error.code) : error.message });
    });
    // After the last line: not before its output is closed.
    child.on("close", (code, signal) => {
      if (signal === null) resolve({ kind: "exited", code: code ?? 0, stdout: "", stderr });
      else if (child.killed) resolve({ kind: "timedOut" });
      else resolve({ kind: "killed", signal });
    });
  });
};
