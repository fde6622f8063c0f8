import { execFile } from "node:child_process";
import type { OwnProcesses } from "./own-processes.ts";

interface ExecOptions {
  readonly input?: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** How a program ended. Nothing here is an exception: a program that is not there is an answer too. */
export type ExecResult =
  | {
      readonly kind: "exited";
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: "notStarted"; readonly code: string }
  | { readonly kind: "timedOut" }
  | { readonly kind: "tooMuchOutput" }
  | { readonly kind: "killed"; readonly signal: string };

export type Exec = (argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;

/** Runs a program to its end: never through a shell, and in the C locale so that messages are known. */
export const exec: Exec = (argv, options) => run(argv, options);

/** As `exec`, and `processes` know of it. */
export function createExec(processes: Pick<OwnProcesses, "began" | "ended">): Exec {
  return (argv, options) => run(argv, options, processes);
}

function run(
  argv: readonly string[],
  { input = "", timeoutMs, maxOutputBytes }: ExecOptions,
  processes?: Pick<OwnProcesses, "began" | "ended">,
): Promise<ExecResult> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error("exec: empty argv");
  return new Promise((resolve) => {
    const child = execFile(
      file,
      rest,
      {
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: maxOutputBytes,
        env: { ...process.env, LC_ALL: "C" },
      },
      (error, stdout, stderr) => {
        if (child.pid !== undefined) processes?.ended(child.pid);
        if (error === null) {
          resolve({ kind: "exited", code: 0, stdout, stderr });
        } else if (typeof error.code === "number") {
          resolve({ kind: "exited", code: error.code, stdout, stderr });
        } else if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
          resolve({ kind: "tooMuchOutput" });
        } else if (error.killed === true) {
          resolve({ kind: "timedOut" });
        } else if (typeof error.signal === "string") {
          resolve({ kind: "killed", signal: error.signal });
        } else {
          resolve({ kind: "notStarted", code: String(error.code) });
        }
      },
    );
    if (child.pid !== undefined) processes?.began(child.pid, file);
    // A program that ends without reading its input says why by its exit status.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
