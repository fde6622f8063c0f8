import { desiredDigest, viewOfNetworks } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import type { Announcement } from "./core/announcement.ts";
import type { AppliedCuts, CountedCuts } from "./core/applied-cuts.ts";
import type { Failure } from "./core/failure.ts";
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
  isBroken = false;

  readonly records: CutRecords = {
    read: () => this.#read(this.cuts),
    store: (cuts) => {
      if (this.isFull) return Promise.reject(new Error("no space left on device"));
      this.cuts = cuts;
      return Promise.resolve();
    },
    announcements: () => this.#read(this.announced),
    announce: () => Promise.reject(new Error("nothing is announced here")),
  };

  async start(): Promise<CutAttribution> {
    const agent = createCutAttribution({
      cutRecords: this.records,
      lastGood: { read: () => this.#read(this.stored) },
      openBundle: openFake,
      log: { warn: () => undefined },
    });
    await agent.load();
    return agent;
  }

  #read<T>(what: T): Promise<T> {
    return this.isBroken ? Promise.reject(new Error("input/output error")) : Promise.resolve(what);
  }

  /** As an agent does: it keeps the bundle, and then begins with it. */
  async begin(
    agent: CutAttribution,
    to: Bundle,
    before: Bundle = old,
  ): Promise<readonly Failure[]> {
    this.keep(to);
    return await agent.begin(to, before.desired);
  }

  async bring(agent: CutAttribution, to: Bundle, counted?: CountedCuts): Promise<void> {
    await this.begin(agent, to);
    await agent.judged(counted, true);
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

const told = ({ told: cuts }: CutAttribution) =>
  cuts && [cuts.revision, cuts.cut, cuts.unannounced].join(" ");

describe("a revision is told to have cut", () => {
  test("what was cut when its first bundle came into force, and nothing later", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
    // The host changes, or its labels do.
    await disk.bring(agent, next, three);
    await disk.bring(agent, relabelled, three);
    expect([told(agent), agent.covers]).toEqual(["12 3 1", undefined]);
  });

  test("nothing, where nothing had to be judged", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.bring(agent, next);
    expect(told(agent)).toBe("12 0 0");
  });

  test("all of it, where that takes several passes", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.begin(agent, next);
    await agent.judged(three, false);
    expect(told(agent)).toBeUndefined();
    await disk.bring(agent, next, three);
    expect(told(agent)).toBe("12 6 2");
  });

  test("the same after the agent has started again", async () => {
    const disk = new Disk();
    await disk.bring(await disk.start(), next, three);
    const agent = await disk.start();
    await disk.bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
  });

  test("what the next one cuts, where that comes after such a start", async () => {
    const disk = new Disk();
    await disk.bring(await disk.start(), old);
    const agent = await disk.start();
    await disk.bring(agent, old);
    await disk.bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
  });

  test("what it cuts, where it is the first that the agent takes after such a start", async () => {
    const disk = new Disk();
    await disk.bring(await disk.start(), old);
    const agent = await disk.start();
    await disk.bring(agent, next, three);
    expect(told(agent)).toBe("12 3 1");
  });

  test("what it cut before the host took it back, too, where the host tries it again", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.bring(agent, old);
    await disk.bring(agent, next, three);
    await agent.begin(old, next.desired);
    await agent.judged(undefined, true);
    await disk.bring(agent, next, { ...three, cut: 1 });
    expect(told(agent)).toBe("12 4 2");
  });

  test("what it cuts, where it comes again after another one, though the agent was stopped in its middle before", async () => {
    const disk = new Disk();
    await disk.begin(await disk.start(), next);
    const agent = await disk.start();
    await disk.bring(agent, next);
    expect(told(agent)).toBeUndefined();
    await disk.bring(agent, { ...bundle(3), revision: old.revision });
    await disk.bring(agent, { ...next, generation: 4 }, three);
    expect(told(agent)).toBe("12 3 1");
  });
});

describe("a revision that was put back and comes again is told to have cut what it cuts then", () => {
  /** The revision of before, as the controller sends it again, and then the same once more. */
  const putBack: Bundle = { ...bundle(3), revision: old.revision };
  const again: Bundle = { ...next, generation: 4 };

  test.for([
    ["though the host had taken it back itself before", [next, old, next, putBack]],
    ["though the host was on the one of before already", [next, old, putBack]],
  ] as const)("%s", async ([, way]) => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.bring(agent, old);
    for (const to of way) await disk.bring(agent, to, three);
    await disk.bring(agent, again, { ...three, unannounced: 0 });
    expect(told(agent)).toBe("12 3 0");
  });

  test("though it was in doubt, and the host on the one of before already", async () => {
    const disk = new Disk();
    await disk.begin(await disk.start(), next);
    const agent = await disk.start();
    for (const to of [next, old, putBack, again]) await disk.bring(agent, to, three);
    expect(told(agent)).toBe("12 3 1");
  });
});

describe("nobody is told anything of it", () => {
  test("while it is not in force", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.begin(agent, next);
    expect(told(agent)).toBeUndefined();
  });

  test("where the agent was stopped in the middle, however often it starts", async () => {
    const disk = new Disk();
    await disk.begin(await disk.start(), next);
    for (const agent of [await disk.start(), await disk.start()]) {
      await disk.bring(agent, next, { ...three, unannounced: 0 });
      await disk.bring(agent, relabelled);
      expect(told(agent)).toBeUndefined();
    }
  });

  test("not even if the first that it takes then is another bundle of it, or comes after the one of before", async () => {
    const disk = new Disk();
    disk.keep(next);
    const [one, other] = [await disk.start(), await disk.start()];
    await disk.bring(one, relabelled);
    await disk.bring(other, old);
    await disk.bring(other, relabelled);
    expect([told(one), told(other)]).toEqual([undefined, undefined]);
  });

  test("where what is on disk is damaged, until the next one", async () => {
    const disk = new Disk();
    disk.stored = { kind: "unreadable", message: "damaged" };
    const agent = await disk.start();
    await disk.bring(agent, next);
    expect(told(agent)).toBeUndefined();
    await disk.bring(agent, bundle(3), three);
    expect(told(agent)).toBe("13 3 1");
  });

  test("where what is on disk cannot be read, which keeps no rules from being written", async () => {
    const disk = new Disk();
    disk.isBroken = true;
    const agent = await disk.start();
    expect(await disk.begin(agent, next)).toEqual([]);
    await agent.judged(undefined, true);
    expect([told(agent), agent.covers]).toEqual([undefined, undefined]);
  });

  test("where judging connections ended where it must not", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.begin(agent, next);
    agent.lost();
    await disk.bring(agent, next);
    expect(told(agent)).toBeUndefined();
  });
});

test("what cannot be kept on disk is told, said to be so, and tried again", async () => {
  const disk = new Disk();
  disk.isFull = true;
  const agent = await disk.start();
  await disk.begin(agent, next);
  expect(await agent.judged(three, true)).toMatchObject([{ reason: "StateNotWritable" }]);
  expect(await disk.begin(agent, next, next)).toMatchObject([{ reason: "StateNotWritable" }]);
  expect(told(agent)).toBe("12 3 1");
  disk.isFull = false;
  expect(await disk.begin(agent, next, next)).toEqual([]);
  expect(disk.cuts).toMatchObject({ revision: 12, cut: 3 });
});

describe("what is announced", () => {
  const announcement: Announcement = {
    ...{ revision: next.revision, view: viewOfNetworks([]) },
    ...{ before: desiredDigest(old.desired), after: desiredDigest(next.desired) },
  };

  test.for([
    ["is, if it is exactly this change", old, false, true],
    ["is not, from something else", relabelled, false, false],
    ["is not, where it cannot be read", old, true, false],
  ] as const)("%s", async ([, before, isBroken, announced]) => {
    const disk = new Disk();
    disk.announced = [announcement];
    const agent = await disk.start();
    disk.isBroken = isBroken;
    await disk.begin(agent, next, before);
    await agent.judged(undefined, true);
    expect(agent.told).toMatchObject({ announced });
  });

  test("covers nothing, where nothing is", async () => {
    const disk = new Disk();
    const agent = await disk.start();
    await disk.begin(agent, next);
    const covers = agent.covers?.(ground.routes);
    expect(covers?.(connection("TCP 203.0.113.7 > 172.18.0.2 80"))).toBe(false);
  });
});
