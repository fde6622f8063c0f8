import { desiredDigest, viewOfNetworks } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import type { Announcement } from "./core/announcement.ts";
import type { AppliedCuts, CountedCuts } from "./core/applied-cuts.ts";
import { connection, ground } from "./core/testing/live-host.ts";
import { type CutAttribution, createCutAttribution } from "./cut-attribution.ts";
import type { Bundle, CutRecords, StoredBundles } from "./ports.ts";
import { bundle, openFake } from "./testing/fakes.ts";

/** What outlives the agent. */
class Disk {
  cuts: AppliedCuts | undefined;
  announced: Announcement[] = [];
  stored: StoredBundles = { kind: "none" };
  isFull = false;

  readonly records: CutRecords = {
    read: () => Promise.resolve(this.cuts),
    store: (cuts) => {
      if (this.isFull) return Promise.reject(new Error("no space left on device"));
      this.cuts = cuts;
      return Promise.resolve();
    },
    announcements: () => Promise.resolve(this.announced),
    announce: () => Promise.reject(new Error("nothing is announced here")),
  };

  start(): CutAttribution {
    return createCutAttribution({
      cutRecords: this.records,
      lastGood: { read: () => Promise.resolve(this.stored) },
      openBundle: openFake,
    });
  }

  keep(newest: Bundle): void {
    this.stored = { kind: "stored", record: { newest, standing: { kind: "confirmed" } } };
  }
}

const three: CountedCuts = { cut: 3, unannounced: 1, first: [] };
const old = bundle(1);
const next = bundle(2, "front");
/** The same revision once more, because a label has changed. */
const relabelled: Bundle = { ...bundle(3, "other"), revision: next.revision };

async function bring(agent: CutAttribution, to: Bundle, counted?: CountedCuts): Promise<void> {
  await agent.begin(to, old.desired);
  await agent.judged(counted, true);
}

const told = ({ told: cuts }: CutAttribution) =>
  cuts && [cuts.revision, cuts.cut, cuts.unannounced].join(" ");

describe("a revision is told to have cut", () => {
  test("what was cut when its first bundle came into force, and nothing later", async () => {
    const agent = new Disk().start();
    await bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
    // The host changes, or its labels do.
    await bring(agent, next, three);
    await bring(agent, relabelled, three);
    expect([told(agent), agent.covers]).toEqual(["12 3 1", undefined]);
  });

  test("nothing, where nothing had to be judged", async () => {
    const agent = new Disk().start();
    await bring(agent, next);
    expect(told(agent)).toBe("12 0 0");
  });

  test("all of it, where that takes several passes", async () => {
    const agent = new Disk().start();
    await agent.begin(next, old.desired);
    await agent.judged(three, false);
    expect(told(agent)).toBeUndefined();
    await bring(agent, next, three);
    expect(told(agent)).toBe("12 6 2");
  });

  test("the same after the agent has started again", async () => {
    const disk = new Disk();
    await bring(disk.start(), next, three);
    disk.keep(next);
    const agent = disk.start();
    await bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
  });

  test("what the next one cuts, where that comes after such a start", async () => {
    const disk = new Disk();
    await bring(disk.start(), old);
    disk.keep(old);
    const agent = disk.start();
    await bring(agent, old);
    await bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
  });
});

describe("nobody is told anything of it", () => {
  test("while it is not in force", async () => {
    const agent = new Disk().start();
    await agent.begin(next, old.desired);
    expect(told(agent)).toBeUndefined();
  });

  test("where the agent was stopped in the middle, however often it starts", async () => {
    const disk = new Disk();
    await disk.start().begin(next, old.desired);
    disk.keep(next);
    for (const agent of [disk.start(), disk.start()]) {
      await bring(agent, next, { ...three, unannounced: 0 });
      await bring(agent, relabelled);
      expect(told(agent)).toBeUndefined();
    }
  });

  test("not even if the first that it takes then is another bundle of it", async () => {
    const disk = new Disk();
    disk.keep(next);
    const agent = disk.start();
    await bring(agent, relabelled);
    expect(told(agent)).toBeUndefined();
  });

  test("where what is on disk cannot be read", async () => {
    const disk = new Disk();
    disk.stored = { kind: "unreadable", message: "damaged" };
    const agent = disk.start();
    await bring(agent, next);
    expect(told(agent)).toBeUndefined();
  });
});

test("what cannot be kept on disk is told, said to be so, and tried again", async () => {
  const disk = new Disk();
  disk.isFull = true;
  const agent = disk.start();
  await agent.begin(next, old.desired);
  expect(await agent.judged(three, true)).toMatchObject([{ reason: "StateNotWritable" }]);
  expect(await agent.begin(next, next.desired)).toMatchObject([{ reason: "StateNotWritable" }]);
  expect(told(agent)).toBe("12 3 1");
  disk.isFull = false;
  expect(await agent.begin(next, next.desired)).toEqual([]);
  expect(disk.cuts).toMatchObject({ revision: 12, cut: 3 });
});

describe("what is announced", () => {
  const announcement: Announcement = {
    ...{ revision: next.revision, view: viewOfNetworks([]) },
    ...{ before: desiredDigest(old.desired), after: desiredDigest(next.desired) },
  };

  test.for([
    ["is, if it is exactly this change", old, true],
    ["is not, from something else", relabelled, false],
  ] as const)("%s", async ([, before, announced]) => {
    const disk = new Disk();
    disk.announced = [announcement];
    const agent = disk.start();
    await agent.begin(next, before.desired);
    await agent.judged(undefined, true);
    expect(agent.told).toMatchObject({ announced });
  });

  test("covers nothing, where nothing is", async () => {
    const agent = new Disk().start();
    await agent.begin(next, old.desired);
    const covers = agent.covers?.(ground.routes);
    expect(covers?.(connection("TCP 203.0.113.7 > 172.18.0.2 80"))).toBe(false);
  });
});
