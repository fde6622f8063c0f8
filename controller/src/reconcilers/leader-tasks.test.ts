import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { RolloutSituation } from "../core/plan-rollout.ts";
import { noRollouts, type RolloutRecord } from "../core/rollout-record.ts";
import { afterStep } from "../core/rollout-step.ts";
import { createDirectoryReconciler } from "./directory-reconciler.ts";
import { createRolloutReconciler } from "./rollout-reconciler.ts";
import { createSweep } from "./sweep.ts";

const log = pino({ level: "silent" });

describe("the rollout", () => {
  const situation = (record: RolloutRecord): Promise<RolloutSituation> =>
    Promise.resolve({
      ...{ record, newest: { number: 7 }, strategy: undefined, hosts: [] },
      ...{ nowMs: 1_000, heardSinceMs: 0 },
    });
  const at = (revision: number): RolloutRecord =>
    afterStep(noRollouts, { kind: "atOnce", target: revision }, 500);

  test.for([
    { name: "takes a step towards the newest revision", leads: true, at: 5, stable: [7], ms: 0 },
    { name: "has nothing to do at the newest one", leads: true, at: 7, stable: [], ms: 5_000 },
    { name: "is the leader's alone", leads: false, at: 5, stable: [] },
  ])("$name", async ({ leads, at: revision, stable, ms }) => {
    const written: number[] = [];
    const reconcile = createRolloutReconciler({
      read: () =>
        Promise.resolve({
          record: at(revision),
          write: (next) => Promise.resolve(written.push(next.stable) > 0),
        }),
      situation,
      isLeader: () => leads,
      log,
    });
    const result = await reconcile("current");
    expect(result).toEqual(ms === undefined ? { kind: "done" } : { kind: "requeueAfter", ms });
    expect(written).toEqual(stable);
  });

  test("writes nothing while it cannot be told what a revision makes of hosts", async () => {
    const reconcile = createRolloutReconciler({
      read: () =>
        Promise.resolve({
          record: undefined,
          write: () => Promise.reject(new Error("nothing is to be written")),
        }),
      situation: () => Promise.resolve(undefined),
      isLeader: () => true,
      log,
    });
    expect(await reconcile("current")).toEqual({ kind: "requeueAfter", ms: 5_000 });
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
      assignedRevisions: () => (assigned === undefined ? undefined : new Set([3, assigned])),
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
