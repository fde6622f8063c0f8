import type { Family } from "@seawall/policy";
import type { Firewall, WrittenCommit } from "../ports.ts";

export interface WatchedCommit {
  readonly family: Family;
  readonly text: string;
  /** Of `performance.now()`, when the kernel had it. */
  readonly at: number;
}

/** A firewall that remembers all that is written, and when the kernel had it. */
export function watched(firewall: Firewall) {
  const commits: WatchedCommit[] = [];
  return {
    commits,
    firewall: {
      ...firewall,
      apply: async (commit: WrittenCommit) => {
        const result = await firewall.apply(commit);
        const { family, text } = commit;
        commits.push({ family, text, at: performance.now() });
        return result;
      },
    } satisfies Firewall,
  };
}
