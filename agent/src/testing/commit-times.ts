import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually, type LabNode } from "@seawall/lab";
import { spawnIn } from "./node-spawn.ts";

/** When a node's kernel took over each commit to nftables, whosever it was. */
export interface CommitTimes {
  /** How many were heard of. */
  readonly count: number;
  /** When it took over the one of this number, from 0: of `performance.now()`. Waits for it. */
  at(number: number): Promise<number>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL("../../../test/lab/scripts/lab-commits.pl", import.meta.url));

/** Hears from the kernel itself: `nft monitor` tells of a commit when it has printed every rule of it. */
export async function startCommitTimes(node: LabNode): Promise<CommitTimes> {
  // Both are the machine's monotonic clock.
  const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  const listener = spawnIn(node)(["perl", program]);
  const lines: string[] = [];
  createInterface({ input: listener.stdout }).on("line", (line) => {
    lines.push(line);
  });
  const lineOf = (index: number) =>
    eventually(() => lines[index], { what: "word of a commit", intervalMs: 1 });
  await lineOf(0);
  return {
    get count() {
      return lines.length - 1;
    },
    at: async (number) => Number(await lineOf(number + 1)) / 1e6 - offsetMs,
    stop: async () => {
      listener.stop();
      await listener.ended;
    },
  };
}

/** How many commits iptables-restore makes of a text. */
export function commitsIn(text: string): number {
  return text.match(/^COMMIT$/gm)?.length ?? 0;
}
