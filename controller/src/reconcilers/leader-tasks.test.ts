import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { changeRollout } from "../core/change-rollout.ts";
import type { RolloutSituation } from "../core/plan-rollout.ts";
import type { RolloutHost } from "../core/rollout-host.ts";
import { untoldNews, withNews } from "../core/rollout-news.ts";
import { movedHosts, noRollouts, type RolloutRecord } from "../core/rollout-record.ts";
import { afterStep } from "../core/rollout-step.ts";
import type { Strategy } from "../core/rollout-strategy.ts";
import { createDirectoryReconciler } from "./directory-reconciler.ts";
import { createRolloutReconciler } from "./rollout-reconciler.ts";
import { createSweep } from "./sweep.ts";

const log = pino({ level: "silent" });

describe("the rollout", () => {
  const situation = (record: RolloutRecord): Promise<RolloutSituation> =>
    Promise.resolve({
      ...{ record, newest: { number: 7 }, strategy: undefined, hosts: [] },
      ...{ nowMs: 1_000, heardForMs: 1_000 },
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
          untold: [],
          write: (next) => Promise.resolve(written.push(next.stable) > 0),
        }),
      situation,
      tell: () => Promise.reject(new Error("nothing is to be told")),
      isLeader: () => leads,
      log,
    });
    const result = await reconcile("current");
    expect(result).toEqual(ms === undefined ? { kind: "done" } : { kind: "requeueAfter", ms });
    expect(written).toEqual(stable);
  });

  test("tells every step once, whatever fails or starts anew in between", async () => {
    const strategy: Strategy = {
      ...{ maxUnavailable: 1, failureBudget: 0, gates: [] },
      waves: [{ name: "all", hostSelector: {}, soakMs: 0, needsApproval: true }],
    };
    const host: RolloutHost = { name: "a", labels: {}, differs: true, health: { kind: "well" } };
    let stored = noRollouts;
    let loses: "nothing" | "the event" | "the write" = "nothing";
    const places = new Map<number, string>();
    const reconcile = createRolloutReconciler({
      read: () => {
        const record = stored;
        return Promise.resolve({
          ...{ record, untold: untoldNews(record) },
          write: (next, told) => {
            if (loses === "the write") return Promise.resolve(false);
            stored = withNews(record, next, { by: "controller", nowMs: 1_000, told });
            return Promise.resolve(true);
          },
        });
      },
      situation: async (record) => ({
        ...(await situation(record)),
        strategy,
        hosts: [{ ...host, differs: movedHosts(record).get("a") !== 7 && record.stable !== 7 }],
      }),
      tell: ({ number, event }) => {
        if (loses === "the event") return Promise.reject(new Error("the stream is away"));
        expect(places.get(number) ?? event.kind).toBe(event.kind);
        places.set(number, event.kind);
        return Promise.resolve();
      },
      isLeader: () => true,
      log,
    });
    const times = async (count: number) => {
      for (let i = 0; i < count; i++) await reconcile("current");
    };
    await times(1);
    loses = "the write";
    await times(2);
    loses = "the event";
    await times(3);
    loses = "nothing";
    await times(3);
    const promoted = changeRollout(stored, "promote", "oscar", 1_000);
    if (!promoted.ok) throw new Error(promoted.message);
    const by = { by: "user/oscar", nowMs: 1_000, told: 0 };
    stored = withNews(stored, promoted.record, by);
    await times(10);
    expect([...places].sort(([a], [b]) => a - b)).toEqual([
      [0, "RolloutStarted"],
      [1, "ApprovalAwaited"],
      [2, "RolloutPromoted"],
      [3, "WaveBegun"],
      [4, "WaveDone"],
      [5, "RolloutCompleted"],
    ]);
    expect(untoldNews(stored)).toEqual([]);
  });

  test("writes nothing while it cannot be told what a revision makes of hosts", async () => {
    const reconcile = createRolloutReconciler({
      read: () =>
        Promise.resolve({
          record: noRollouts,
          untold: [],
          write: () => Promise.reject(new Error("nothing is to be written")),
        }),
      situation: () => Promise.resolve(undefined),
      tell: () => Promise.reject(new Error("nothing is to be told")),
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
