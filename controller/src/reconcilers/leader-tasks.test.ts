import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { createDirectoryReconciler } from "./directory-reconciler.ts";
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

describe("a change of the directory", () => {
  const known = { hosts: [] };
  test.for([
    { name: "concerns all hosts", leads: true, assigned: 7, names: [7], directory: known, is: 1 },
    { name: "no rule names hosts", leads: true, assigned: 7, names: [6], directory: known, is: 0 },
    {
      name: "is the leader's alone",
      leads: false,
      assigned: 7,
      names: [7],
      directory: known,
      is: 0,
    },
    { name: "to not known", leads: true, assigned: 7, names: [7], directory: undefined, is: 0 },
    {
      name: "while it is not believed what is assigned",
      ...{ leads: true, assigned: undefined, names: [0, 7], directory: known, is: 0 },
    },
  ])("$name: looked at $is times", async ({ leads, assigned, names, directory, is }) => {
    let looks = 0;
    const reconcile = createDirectoryReconciler({
      assignedRevision: () => assigned,
      namesHosts: (revision) => Promise.resolve(names.includes(revision)),
      directory: () => directory,
      enqueueAll: () => {
        looks += 1;
      },
      isLeader: () => leads,
      log,
    });
    await reconcile("directory");
    expect(looks).toBe(is);
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
