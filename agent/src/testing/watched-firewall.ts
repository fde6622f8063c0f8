import type { Family } from "@seawall/policy";
import type { Firewall, WrittenCommit } from "../ports.ts";
import { type CommitTimes, commitsIn } from "./commit-times.ts";

export interface WatchedCommit {
  readonly family: Family;
  readonly text: string;
  /** Of `performance.now()`, when the kernel had all of it. */
  readonly at: number;
}

/** A firewall that remembers all that is written, and when the kernel had it. Nobody else may write meanwhile. */
export function watched(firewall: Firewall, times: CommitTimes) {
  const commits: WatchedCommit[] = [];
  return {
    commits,
    firewall: {
      ...firewall,
      apply: async (commit: WrittenCommit) => {
        const { count } = times;
        const result = await firewall.apply(commit);
        const { family, text } = commit;
        commits.push({ family, text, at: await times.at(count + commitsIn(text) - 1) });
        return result;
      },
    } satisfies Firewall,
  };
}
