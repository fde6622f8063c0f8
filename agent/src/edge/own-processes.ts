import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { HeardCommit } from "../core/parse-monitor.ts";

/** The programs that we run, so that what they commit is not taken for somebody else's. */
export interface OwnProcesses {
  began(pid: number, program: string): void;
  ended(pid: number): void;
  /** `perhaps`: it looks like ours, and the process cannot be told from here. */
  owns(commit: HeardCommit): "yes" | "perhaps" | "no";
}

export interface OwnProcessesOptions {
  /** Process ids are those that the kernel tells of: not so in a container with ids of its own. */
  readonly seesEveryProcess: boolean;
  /** In milliseconds; only differences count. */
  readonly now: () => number;
}

// What is told of a commit comes after it, on a busy machine when the process has ended long since. Ids come back only
// when the kernel has used up all others.
const KEEP_MS = 10_000;

interface Own {
  readonly command: string;
  readonly endedMs?: number;
}

export function createOwnProcesses(options: OwnProcessesOptions): OwnProcesses {
  const { seesEveryProcess, now } = options;
  const own = new Map<number, Own>();

  const forget = (): void => {
    for (const [pid, { endedMs = Infinity }] of own) {
      if (now() - endedMs > KEEP_MS) own.delete(pid);
    }
  };

  return {
    began: (pid, program) => {
      forget();
      own.set(pid, { command: commandOf(program) });
    },
    ended: (pid) => {
      const known = own.get(pid);
      if (known !== undefined) own.set(pid, { ...known, endedMs: now() });
    },
    owns: ({ pid, command }) => {
      forget();
      if (seesEveryProcess) return own.has(pid) ? "yes" : "no";
      return [...own.values()].some((one) => one.command === command) ? "perhaps" : "no";
    },
  };
}

/** As the kernel names a process: include/linux/sched.h, TASK_COMM_LEN. */
function commandOf(program: string): string {
  return basename(program).slice(0, 15);
}

/** include/linux/proc_ns.h, PROC_PID_INIT_INO: the namespace in whose ids the kernel tells who committed. */
export function isFirstPidNamespace(proc = "/proc"): boolean {
  return readlinkSync(`${proc}/self/ns/pid`) === "pid:[4026531836]";
}
