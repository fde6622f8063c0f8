import type { Family } from "@seawall/policy";
import type { Firewall, WrittenCommit } from "../ports.ts";

export interface WatchedCommit {
  readonly family: Family;
  readonly text: string;
  /** Of `performance.now()`, when the kernel had it. */
  readonly at: number;
}

/**
 * A firewall that remembers all that is written, and when the kernel had it: when it said so, by `ownCommitAt`, or when the
 * program that wrote it had ended, which waits until the kernel has disposed of the old rules.
 */
export function watched(
  firewall: Firewall,
  ownCommitAt: () => number | undefined = () => undefined,
) {
  const commits: WatchedCommit[] = [];
  return {
    commits,
    firewall: {
      ...firewall,
      apply: async (commit: WrittenCommit) => {
        const before = ownCommitAt();
        const result = await firewall.apply(commit);
        const { family, text } = commit;
        const heard = ownCommitAt();
        const at = heard === undefined || heard === before ? performance.now() : heard;
        commits.push({ family, text, at });
        return result;
      },
    } satisfies Firewall,
  };
}
