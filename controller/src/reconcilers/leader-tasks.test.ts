import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { createRolloutReconciler } from "./rollout-reconciler.ts";
import { createSweep } from "./sweep.ts";

const log = pino({ level: "silent" });

describe("the rollout", () => {
  test.for([
    { name: "follows the newest revision", leads: true, newest: 7, current: 5, moves: ["5→7"] },
    { name: "never goes back", leads: true, newest: 4, current: 5, moves: [] },
    { name: "is the leader's alone", leads: false, newest: 7, current: 5, moves: [] },
  ])("$name", async ({ leads, newest, current, moves }) => {
    const made: string[] = [];
    const reconcile = createRolloutReconciler({
      newestRevision: () => Promise.resolve(newest),
      currentRevision: () => Promise.resolve(current),
      advance: (from, to) => {
        made.push(`${String(from)}→${String(to)}`);
        return Promise.resolve(true);
      },
      isLeader: () => leads,
      log,
    });
    await reconcile("current");
    expect(made).toEqual(moves);
  });

  test("is looked at again at once when somebody else moved it", async () => {
    const reconcile = createRolloutReconciler({
      newestRevision: () => Promise.resolve(2),
      currentRevision: () => Promise.resolve(1),
      advance: () => Promise.resolve(false),
      isLeader: () => true,
      log,
    });
    expect(await reconcile("current")).toEqual({ kind: "requeueAfter", ms: 0 });
  });
});

describe("the sweep", () => {
  const swept: number[][] = [];
  const sweepWhile = (leads: boolean, assigned: () => Promise<ReadonlySet<number>>) => {
    swept.length = 0;
    return createSweep({
      isLeader: () => leads,
      assigned,
      sweep: (kept) => {
        swept.push([...kept]);
        return Promise.resolve({ revisions: 1, blobs: 0 });
      },
      log,
    })();
  };

  test("spares what is assigned", async () => {
    await sweepWhile(true, () => Promise.resolve(new Set([3])));
    expect(swept).toEqual([[3]]);
  });

  test("does nothing unless we lead and have read everything", async () => {
    await sweepWhile(false, () => Promise.resolve(new Set([3])));
    expect(swept).toEqual([]);
  });

  test("erases nothing when it cannot be read what is assigned", async () => {
    const sweep = sweepWhile(true, () => Promise.reject(new Error("tampered")));
    await expect(sweep).rejects.toThrow("tampered");
    expect(swept).toEqual([]);
  });
});
