import { readlinkSync } from "node:fs";
import type { Begin, Exec, WaitingProgram } from "./exec.ts";

/**
 * Runs programs that do nothing until they have their input, as iptables-restore: once one has done its work, the next of its
 * kind is started, and waits: who has rules to write does not wait for a program to start.
 *
 * One that waits has read nothing of the kernel. Without input it ends and has done nothing: when the signal aborts, and when
 * we end in whatever way.
 */
export function createStandby(begin: Begin, signal: AbortSignal): Exec {
  const standing = new Map<string, WaitingProgram>();
  signal.addEventListener(
    "abort",
    () => {
      for (const program of standing.values()) if (program.waits) void program.give("");
    },
    { once: true },
  );
  /** The one that stands by, if it can still do the work. */
  const take = (kind: string): WaitingProgram | undefined => {
    const program = standing.get(kind);
    standing.delete(kind);
    if (program?.waits !== true) return undefined;
    if (isInstalled(program)) return program;
    void program.give("");
    return undefined;
  };
  const prepare = (kind: string, ...program: Parameters<Begin>): void => {
    if (!signal.aborted && !standing.has(kind)) standing.set(kind, begin(...program));
  };
  return async (argv, { input = "", ...options }) => {
    const kind = argv.join("\0");
    const program = take(kind) ?? begin(argv, options);
    const result = await program.give(input);
    // What fails may do so because of what is installed. Behind whoever waits for the result: to fork takes its time.
    const isFine = result.kind === "exited" && result.code === 0;
    if (isFine) setImmediate(prepare, kind, argv, options);
    return result;
  };
}

/** One that was replaced since it began loads extensions of the newer one, and fails (libxtables). */
function isInstalled({ pid }: WaitingProgram): boolean {
  if (pid === undefined) return false;
  try {
    return !readlinkSync(`/proc/${String(pid)}/exe`).endsWith(" (deleted)");
  } catch {
    return false;
  }
}
