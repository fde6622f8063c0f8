import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createBundleKeeper, type KeptBundle } from "./bundle-keeper.ts";
import { createConfirmation } from "./confirmation.ts";
import { createLastGood } from "./edge/last-good.ts";
import { bundle, fakeReach, fakeSource, openFake } from "./testing/fakes.ts";
import { type ManualClock, manualClock } from "./testing/manual-clock.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-keeper-"));
  return () => rm(folder, { recursive: true });
});

const timeout = 30_000;

/** The world around a host: an outage, and rules that cut it off. */
interface World {
  readonly clock: ManualClock;
  isAway: boolean;
  /** Generations that nobody can be reached under. */
  readonly bad: Set<number>;
}

function newWorld(): World {
  return { clock: manualClock(), isAway: false, bad: new Set() };
}

/** An agent's keeper, with passes that always bring into force what it says, unless told otherwise. */
function start(world: World = newWorld()) {
  const { clock } = world;
  const source = fakeSource();
  const reach = fakeReach();
  const confirmation = createConfirmation(reach, clock, () => undefined);
  const lastGood = createLastGood(folder);
  const keeper = createBundleKeeper(
    { source, lastGood, openBundle: openFake, reach, confirmation, clock },
    timeout,
  );
  let last: KeptBundle | undefined;
  const pass = async (enforces = true): Promise<KeptBundle> => {
    const kept = await keeper.refresh(last !== undefined && enforces);
    const isWritten = kept.bundle !== last?.bundle;
    last = kept;
    const isBad = kept.bundle !== undefined && world.bad.has(kept.bundle.generation);
    reach.set(!world.isAway && !isBad);
    confirmation.ask(kept.ahead ?? (enforces ? kept.question : undefined), isWritten);
    return kept;
  };
  return { world, source, reach, clock, pass };
}

type Agent = ReturnType<typeof start>;

/** Time passes, with a pass now and then. */
async function wait({ clock, pass }: Agent, ms: number): Promise<KeptBundle> {
  for (let left = ms; left > 0; left -= 1_000) {
    await clock.advance(Math.min(1_000, left));
    await pass();
  }
  return await pass();
}

/** As many seconds as it takes to be so, up to this. */
async function becomes(agent: Agent, expected: string, withinMs: number): Promise<void> {
  let found = text(await agent.pass());
  for (let left = withinMs; left > 0 && found !== expected; left -= 1_000) {
    found = text(await wait(agent, 1_000));
  }
  expect(found).toBe(expected);
}

/** `generation in force of the newest accepted: how that stands`. */
function text({ bundle: inForce, newest, standing }: KeptBundle): string {
  return `${inForce?.generation ?? "none"} of ${newest?.generation ?? "none"}: ${standing?.kind ?? "-"}`;
}

/** With this generation confirmed. */
async function confirmedAt(generation: number): Promise<Agent> {
  const agent = start();
  agent.source.give(bundle(generation));
  await agent.pass();
  expect(text(await wait(agent, 1_000))).toBe(`${generation} of ${generation}: confirmed`);
  return agent;
}

/** With the newest one, 2, taken back, and 1 in force. */
async function revertedAt2(): Promise<Agent> {
  const agent = await confirmedAt(1);
  agent.world.bad.add(2);
  agent.source.give(bundle(2));
  await agent.pass();
  expect(text(await wait(agent, timeout))).toBe("1 of 2: reverted");
  return agent;
}

/** Until the next trial: as long as one takes, and the longest pause between two tries. */
const steady = timeout + 11_000;

/** Likewise, taken back for the second time. */
async function revertedTwiceAt2(): Promise<Agent> {
  const agent = await revertedAt2();
  expect(text(await wait(agent, 1_000))).toBe("1 of 2: postponed");
  expect(text(await wait(agent, timeout - 1_000))).toBe("1 of 2: postponed");
  expect(text(await wait(agent, 12_000))).toBe("2 of 2: trial");
  expect(text(await wait(agent, timeout))).toBe("1 of 2: reverted");
  return agent;
}

describe("a newer bundle", () => {
  it("is on trial, then confirmed", async () => {
    const agent = await confirmedAt(1);
    agent.source.give(bundle(2));
    expect(text(await agent.pass())).toBe("2 of 2: trial");
    expect(text(await wait(agent, 1_000))).toBe("2 of 2: confirmed");
  });

  it("is taken back when its time is over, and not before", async () => {
    const agent = await confirmedAt(1);
    agent.world.bad.add(2);
    agent.source.give(bundle(2));
    await agent.pass();
    expect(text(await wait(agent, timeout - 1_000))).toBe("2 of 2: trial");
    expect(text(await wait(agent, 1_000))).toBe("1 of 2: reverted");
  });

  it("gives way to nothing when there was none before it", async () => {
    const agent = start();
    agent.world.bad.add(1);
    agent.source.give(bundle(1));
    await agent.pass();
    expect(text(await wait(agent, timeout))).toBe("none of 1: reverted");
  });

  it("waits until the one on trial is decided", async () => {
    const agent = await confirmedAt(1);
    agent.world.bad.add(2);
    agent.source.give(bundle(2));
    await agent.pass();
    await wait(agent, 10_000);
    agent.source.give(bundle(3));
    expect(text(await wait(agent, 19_000))).toBe("2 of 2: trial");
    expect(text(await wait(agent, 3_000))).toBe("3 of 3: confirmed");
  });

  it("takes the place of one that cannot be brought into force", async () => {
    const agent = await confirmedAt(1);
    agent.source.give(bundle(2));
    await agent.pass(false);
    agent.source.give(bundle(3));
    expect(text(await agent.pass())).toBe("3 of 3: trial");
  });

  it("is not confirmed by connections from while it was not in force", async () => {
    const agent = await confirmedAt(1);
    agent.source.give(bundle(2));
    await agent.pass();
    await agent.clock.advance(1_000);
    expect(text(await agent.pass(false))).toBe("2 of 2: trial");
  });

  it("of a disk that takes nothing is not in force", async () => {
    const agent = await confirmedAt(1);
    await mkdir(join(folder, "last-good.json.new"));
    agent.source.give(bundle(2));
    const kept = await agent.pass();
    expect(text(kept)).toBe("1 of 1: confirmed");
    expect(kept.failure).toMatchObject({ reason: "StateNotWritable" });
  });
});

describe("when nobody can be reached before it either", () => {
  async function unreachable(): Promise<Agent> {
    const agent = await confirmedAt(1);
    agent.reach.live(false);
    agent.world.isAway = true;
    agent.source.give(bundle(2));
    return agent;
  }

  it("is tried first, and taken all the same", async () => {
    const agent = await unreachable();
    expect(text(await agent.pass())).toBe("1 of 1: confirmed");
    expect(text(await wait(agent, 4_000))).toBe("1 of 1: confirmed");
    expect(text(await wait(agent, 1_000))).toBe("2 of 2: unconfirmed");
  });

  it("stays, and is confirmed as soon as somebody is reached", async () => {
    const agent = await unreachable();
    await agent.pass();
    expect(text(await wait(agent, 3_600_000))).toBe("2 of 2: unconfirmed");
    agent.world.isAway = false;
    expect(text(await wait(agent, 11_000))).toBe("2 of 2: confirmed");
  });

  it("counts as the last good one for the next, if somebody is reached under it", async () => {
    const agent = await unreachable();
    await agent.pass();
    await wait(agent, 6_000);
    agent.source.give(bundle(3));
    agent.world.isAway = false;
    agent.world.bad.add(3);
    await agent.pass();
    expect(text(await wait(agent, 2_000))).toBe("3 of 3: trial");
    await becomes(agent, "2 of 3: reverted", timeout);
  });

  it("does not count as one where somebody is reached while its rules are not in force", async () => {
    const agent = await unreachable();
    await agent.pass();
    await wait(agent, 6_000);
    agent.source.give(bundle(3));
    agent.world.isAway = false;
    agent.world.bad.add(3);
    // The host is open.
    await agent.pass(false);
    await agent.clock.advance(2_000);
    expect(text(await agent.pass(false))).toBe("3 of 3: trial");
    expect(text(await wait(agent, timeout))).toBe("1 of 3: reverted");
  });

  it("one that is reached when tried begins its trial", async () => {
    const agent = await confirmedAt(1);
    agent.reach.live(false);
    agent.world.bad.add(2);
    agent.source.give(bundle(2));
    await agent.pass();
    await agent.clock.advance(10);
    expect(text(await agent.pass())).toBe("2 of 2: trial");
    expect(text(await wait(agent, timeout))).toBe("1 of 2: reverted");
  });
});

describe("a reverted one", () => {
  it("never comes back once it was reached without it twice", async () => {
    const agent = await revertedTwiceAt2();
    expect(text(await wait(agent, 3_600_000))).toBe("1 of 2: reverted");
    agent.source.give(bundle(2));
    expect(text(await agent.pass())).toBe("1 of 2: reverted");
  });

  it("is confirmed in its second trial, if an outage that ended just then took it back", async () => {
    const agent = await confirmedAt(1);
    agent.source.give(bundle(2));
    agent.world.isAway = true;
    await agent.pass();
    expect(text(await wait(agent, timeout))).toBe("1 of 2: reverted");
    agent.world.isAway = false;
    expect(text(await wait(agent, 12_000))).toBe("1 of 2: postponed");
    expect(text(await wait(agent, steady))).toBe("2 of 2: confirmed");
  });

  it("waits for a link that stays, for its second trial", async () => {
    const agent = await revertedAt2();
    agent.world.bad.clear();
    await wait(agent, 1_000);
    for (let times = 1; times <= 5; times++) {
      expect(text(await wait(agent, timeout - 1_000))).toBe("1 of 2: postponed");
      agent.world.isAway = true;
      await wait(agent, 11_000);
      agent.world.isAway = false;
    }
    expect(text(await wait(agent, steady))).toBe("2 of 2: confirmed");
  });

  it("has no third trial after a long outage in its second one", async () => {
    const agent = await revertedAt2();
    await wait(agent, steady);
    agent.world.isAway = true;
    expect(text(await wait(agent, 2 * timeout + 1_000))).toBe("1 of 2: postponed");
    agent.world.isAway = false;
    // What was at fault then is not known, so that one is repeated.
    expect(text(await wait(agent, steady))).toBe("2 of 2: trial");
    expect(text(await wait(agent, timeout + 1_000))).toBe("1 of 2: reverted");
    expect(text(await wait(agent, 3_600_000))).toBe("1 of 2: reverted");
  });

  it("does not come back at a restart", async () => {
    const before = await revertedTwiceAt2();
    await wait(before, 1_000);
    const agent = start();
    expect(text(await agent.pass())).toBe("1 of 2: reverted");
    agent.source.give(bundle(2));
    expect(text(await wait(agent, 3_600_000))).toBe("1 of 2: reverted");
  });

  it("is not in force at a reboot in its second trial, and never comes back then", async () => {
    const before = await revertedAt2();
    expect(text(await wait(before, steady))).toBe("2 of 2: trial");
    const agent = start({ ...newWorld(), clock: manualClock("the next boot") });
    agent.source.give(bundle(2));
    expect(text(await agent.pass())).toBe("1 of 2: reverted");
    expect(text(await wait(agent, 3_600_000))).toBe("1 of 2: reverted");
    // On disk too.
    expect(text(await start().pass())).toBe("1 of 2: reverted");
  });

  it("gives way to a newer one", async () => {
    const agent = await revertedTwiceAt2();
    await wait(agent, 1_000);
    agent.source.give(bundle(3));
    expect(text(await agent.pass())).toBe("3 of 3: trial");
    expect(text(await wait(agent, 1_000))).toBe("3 of 3: confirmed");
  });

  it("is not what a later one that fails too goes back to", async () => {
    const agent = await revertedTwiceAt2();
    await wait(agent, 1_000);
    agent.world.bad.add(3);
    agent.source.give(bundle(3));
    await agent.pass();
    expect(text(await wait(agent, timeout))).toBe("1 of 3: reverted");
  });

  it("is reverted although the disk is full, and on disk as soon as it is not", async () => {
    const agent = await confirmedAt(1);
    agent.world.bad.add(2);
    agent.source.give(bundle(2));
    await agent.pass();
    const inTheWay = join(folder, "last-good.json.new");
    await mkdir(inTheWay);
    const kept = await wait(agent, timeout);
    expect(text(kept)).toBe("1 of 2: reverted");
    expect(kept.failure).toMatchObject({ reason: "StateNotWritable" });
    await rmdir(inTheWay);
    expect((await agent.pass()).failure).toBeUndefined();
    expect(text(await start().pass())).toBe("1 of 2: postponed");
  });
});

describe("one that was taken back in an outage", () => {
  /** Nobody answers any more, right after generation 2 came into force. */
  async function outageAt2(): Promise<Agent> {
    const agent = await confirmedAt(1);
    agent.source.give(bundle(2));
    agent.world.isAway = true;
    await agent.pass();
    expect(text(await wait(agent, timeout))).toBe("1 of 2: reverted");
    expect(text(await wait(agent, timeout))).toBe("1 of 2: postponed");
    return agent;
  }

  it("is tried again once somebody is reached, and confirmed", async () => {
    const agent = await outageAt2();
    expect(text(await wait(agent, 3_600_000))).toBe("1 of 2: postponed");
    agent.world.isAway = false;
    expect(text(await wait(agent, steady))).toBe("2 of 2: confirmed");
  });

  it("is tried again by the next agent too", async () => {
    await outageAt2();
    const agent = start();
    expect(text(await agent.pass())).toBe("1 of 2: postponed");
    expect(text(await wait(agent, steady))).toBe("2 of 2: confirmed");
  });

  it("is at fault if it cuts off twice then", async () => {
    const agent = await outageAt2();
    agent.world.isAway = false;
    agent.world.bad.add(2);
    await becomes(agent, "2 of 2: trial", steady);
    await becomes(agent, "1 of 2: reverted", timeout);
    await becomes(agent, "2 of 2: trial", steady);
    await becomes(agent, "1 of 2: reverted", timeout);
    expect(text(await wait(agent, 3_600_000))).toBe("1 of 2: reverted");
  });
});

describe("an agent that ended in the middle of a trial", () => {
  it.each([
    ["is followed by one that confirms it", [], "2 of 2: confirmed"],
    ["is followed by one that takes it back", [2], "1 of 2: reverted"],
  ])("%s", async (_, bad, end) => {
    const before = await confirmedAt(1);
    before.source.give(bundle(2));
    expect(text(await before.pass())).toBe("2 of 2: trial");
    const agent = start({ ...newWorld(), bad: new Set(bad) });
    expect(text(await agent.pass())).toBe("2 of 2: trial");
    expect(text(await wait(agent, timeout))).toBe(end);
  });

  it("again and again does not get a whole trial every time", async () => {
    const world = newWorld();
    const first = start(world);
    first.source.give(bundle(1));
    await first.pass();
    await wait(first, 1_000);
    world.bad.add(2);
    first.source.give(bundle(2));
    await first.pass();
    for (let restart = 1; restart <= 2; restart++) {
      await world.clock.advance(12_000);
      expect(text(await start(world).pass())).toBe("2 of 2: trial");
    }
    const last = start(world);
    await last.pass();
    expect(text(await wait(last, 10_000))).toBe("1 of 2: reverted");
  });
});

/** What was stored cannot be verified any more: its key is not trusted now. */
const spoiled = { envelope: Buffer.from("{}").toString("base64") };

interface StoredFile {
  readonly confirmed: object;
}

async function spoil(change: (stored: StoredFile) => object): Promise<void> {
  const path = join(folder, "last-good.json");
  const stored = JSON.parse(await readFile(path, "utf8")) as StoredFile;
  await writeFile(path, JSON.stringify({ ...stored, ...change(stored) }));
}

describe("one on disk that cannot be used any more itself", () => {
  it("does not come back under its number if it was reverted", async () => {
    await wait(await revertedTwiceAt2(), 1_000);
    await spoil(() => spoiled);
    const agent = start();
    agent.source.give(bundle(2));
    const kept = await agent.pass();
    expect(text(kept)).toBe("none of none: -");
    expect(kept.refusal).toMatchObject({ reason: "Malformed" });
    agent.source.give(bundle(3));
    expect(text(await agent.pass())).toBe("3 of 3: unconfirmed");
  });

  it("does not come back if nothing of the file can be read either", async () => {
    await wait(await revertedTwiceAt2(), 1_000);
    await writeFile(join(folder, "last-good.json"), "{");
    const agent = start();
    agent.source.give(bundle(2));
    const kept = await agent.pass();
    expect(text(kept)).toBe("none of none: -");
    expect(kept.refusal).toMatchObject({
      reason: "LastGoodDamaged",
      message: expect.stringContaining("generation 2, which was taken back") as string,
    });
    agent.source.give(bundle(3));
    expect(text(await agent.pass())).toBe("3 of 3: unconfirmed");
  });

  it("comes again from the controller if it was confirmed", async () => {
    await confirmedAt(1);
    await spoil(() => spoiled);
    const agent = start();
    agent.source.give(bundle(1));
    expect(text(await agent.pass())).toBe("1 of 1: unconfirmed");
  });
});

describe("one on disk whose last confirmed one cannot be used any more", () => {
  const spoilConfirmed = () =>
    spoil(({ confirmed }) => ({ confirmed: { ...confirmed, ...spoiled } }));

  it("does not come back if it was reverted, and nothing takes its place but a newer one", async () => {
    await wait(await revertedTwiceAt2(), 1_000);
    await spoilConfirmed();
    const agent = start();
    agent.source.give(bundle(2));
    const kept = await agent.pass();
    // Without a standing: what the kernel holds is left alone.
    expect(text(kept)).toBe("none of 2: -");
    expect(kept.refusal).toMatchObject({ reason: "Malformed" });
    expect(text(await wait(agent, 60_000))).toBe("none of 2: -");
    agent.source.give(bundle(3));
    expect(text(await agent.pass())).toBe("3 of 3: unconfirmed");
  });

  it("stays if it was on trial, as there is nothing to go back to", async () => {
    const before = await confirmedAt(1);
    before.source.give(bundle(2));
    await before.pass();
    await spoilConfirmed();
    const agent = start({ ...newWorld(), bad: new Set([2]) });
    agent.source.give(bundle(2));
    expect(text(await agent.pass())).toBe("2 of 2: unconfirmed");
    expect(text(await wait(agent, 3_600_000))).toBe("2 of 2: unconfirmed");
    agent.world.bad.clear();
    const kept = await wait(agent, 11_000);
    expect(text(kept)).toBe("2 of 2: confirmed");
    expect(kept.refusal).toBeUndefined();
  });
});

describe("whatever comes over the bus", () => {
  it.each([
    ["in force", 2, true],
    ["reverted", 2, false],
  ])("nothing older than the newest one is taken while that is %s", async (_, newest, isGood) => {
    const agent = isGood ? await confirmedAt(newest) : await revertedTwiceAt2();
    const before = text(await wait(agent, 1_000));
    agent.source.give(bundle(1, "other"));
    const kept = await agent.pass();
    expect(kept.refusal).toMatchObject({ reason: "OlderGeneration" });
    expect(text(kept)).toBe(before);
    const restarted = start();
    restarted.source.give(bundle(1, "other"));
    expect((await restarted.pass()).refusal).toMatchObject({ reason: "OlderGeneration" });
  });
});
