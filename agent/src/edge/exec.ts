import { type ExecFileException, execFile } from "node:child_process";
import type { OwnProcesses } from "./own-processes.ts";

interface ProgramLimits {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

interface ExecOptions extends ProgramLimits {
  readonly input?: string;
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

/** A program that was started, and waits for its input. */
export interface WaitingProgram {
  /** Absent: it could not be started. */
  readonly pid?: number;
  /** False: it has ended by itself, or has its input. */
  readonly waits: boolean;
  /** Once; the time that it may take begins here. */
  give(input: string): Promise<ExecResult>;
}

/** Starts a program ahead of its input. */
export type Begin = (argv: readonly string[], limits: ProgramLimits) => WaitingProgram;

/** Runs a program to its end: never through a shell, and in the C locale so that messages are known. */
export const exec: Exec = execBy(createBegin());

/** As `exec`, by a program that is started in another way. */
export function execBy(begin: Begin): Exec {
  return async (argv, { input = "", ...options }) => await begin(argv, options).give(input);
}

/** What is run to its end by `exec`, in two steps. `processes` know of it from when it has its input. */
export function createBegin(processes?: Pick<OwnProcesses, "began" | "ended">): Begin {
  return ([file, ...rest], options) => {
    if (file === undefined) throw new Error("exec: empty argv");
    try {
      return started(file, rest, options, processes);
    } catch (error) {
      // Where there is no memory to fork, among others (child_process.js of node: all but five codes).
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      return { waits: false, give: () => Promise.resolve({ kind: "notStarted", code }) };
    }
  };
}

function started(
  file: string,
  rest: readonly string[],
  { timeoutMs, maxOutputBytes }: ProgramLimits,
  processes: Pick<OwnProcesses, "began" | "ended"> | undefined,
): WaitingProgram {
  let waits = true;
  let end: (result: ExecResult) => void;
  const ended = new Promise<ExecResult>((resolve) => {
    end = resolve;
  });
  const child = execFile(
    file,
    rest,
    {
      maxBuffer: maxOutputBytes,
      killSignal: "SIGKILL",
      env: { ...process.env, LC_ALL: "C" },
    },
    (error, stdout, stderr) => {
      waits = false;
      if (child.pid !== undefined) processes?.ended(child.pid);
      end(resultOf(error, stdout, stderr));
    },
  );
  // A program that ends without reading its input says why by its exit status.
  child.stdin?.on("error", () => undefined);
  return {
    ...(child.pid !== undefined && { pid: child.pid }),
    get waits() {
      return waits;
    },
    give: async (input) => {
      waits = false;
      if (child.pid !== undefined) processes?.began(child.pid, file);
      const limit = setTimeout(() => {
        // Whoever has its output from it may not keep us.
        child.stdout?.destroy();
        child.stderr?.destroy();
        child.kill("SIGKILL");
      }, timeoutMs);
      child.stdin?.end(input);
      const result = await ended;
      clearTimeout(limit);
      return result;
    },
  };
}

function resultOf(error: ExecFileException | null, stdout: string, stderr: string): ExecResult {
  if (error === null) return { kind: "exited", code: 0, stdout, stderr };
  if (typeof error.code === "number") return { kind: "exited", code: error.code, stdout, stderr };
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return { kind: "tooMuchOutput" };
  if (error.killed === true) return { kind: "timedOut" };
  if (typeof error.signal === "string") return { kind: "killed", signal: error.signal };
  return { kind: "notStarted", code: String(error.code) };
}
