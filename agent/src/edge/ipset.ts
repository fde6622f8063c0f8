import { type ObservedSets, parseIpsetSave } from "../core/parse-ipset.ts";
import { isOwnSet } from "../core/set-name.ts";
import type { FailedCall } from "../ports.ts";
import type { Exec, ExecResult } from "./exec.ts";
import { ipsetFailure } from "./ipset-failure.ts";

/** The kernel's address sets, as far as they are ours. */
export interface Ipset {
  /** `missing`: not installed, or this kernel has no sets. */
  readonly observe: () => Promise<
    { readonly kind: "sets"; readonly sets: ObservedSets | "missing" } | FailedCall
  >;
  /** Does not undo what it did before the command that failed. */
  readonly restore: (text: string) => Promise<{ readonly kind: "done" } | FailedCall>;
  /** Leaves what the kernel will not let go, or is not there. */
  readonly destroy: (names: readonly string[]) => Promise<void>;
}

const limits = { timeoutMs: 30_000, maxOutputBytes: 64 * 1024 * 1024 };

/** So often sets of ours that others made are found, where we have none ourselves. */
const NONE_FOR_MS = 60_000;

/**
 * Where there was no set of ours it is not asked for each reading, which is a program less: only agents make any, one at a time,
 * and ours by this.
 * @param now in milliseconds, of a clock that nobody can set
 */
export function createIpset(exec: Exec, now: () => number = () => performance.now()): Ipset {
  let noneUntil = -Infinity;
  let writes = 0;
  /** Before and after: what is listed meanwhile says nothing of what is there then. */
  const writing = (): void => {
    writes += 1;
    noneUntil = -Infinity;
  };
  const call = (argv: readonly string[], input?: string): Promise<ExecResult> =>
    exec(["ipset", ...argv], { ...limits, ...(input === undefined ? {} : { input }) });

  return {
    observe: async () => {
      const began = now();
      const before = writes;
      if (began < noneUntil) return { kind: "sets", sets: new Map() };
      // Names first: other people's sets can be large, and mostly there is none of ours.
      const listed = await call(["list", "-name"]);
      if (!isGood(listed)) return unreadable(listed);
      if (!listed.stdout.split("\n").some(isOwnSet)) {
        if (writes === before) noneUntil = began + NONE_FOR_MS;
        return { kind: "sets", sets: new Map() };
      }
      const saved = await call(["save"]);
      return isGood(saved)
        ? { kind: "sets", sets: parseIpsetSave(saved.stdout) }
        : unreadable(saved);
    },

    restore: async (text) => {
      writing();
      const result = await call(["restore"], text);
      writing();
      return isGood(result) ? { kind: "done" } : { kind: "failed", failure: ipsetFailure(result) };
    },

    destroy: async (names) => {
      for (const name of names) {
        if (!isOwnSet(name)) throw new Error(`not a set of ours: ${JSON.stringify(name)}`);
        await call(["destroy", name]);
      }
    },
  };
}

function isGood(result: ExecResult): result is ExecResult & { readonly kind: "exited" } {
  return result.kind === "exited" && result.code === 0;
}

function unreadable(result: ExecResult): Awaited<ReturnType<Ipset["observe"]>> {
  const failure = ipsetFailure(result);
  return failure.reason === "IpsetMissing"
    ? { kind: "sets", sets: "missing" }
    : { kind: "failed", failure };
}
