import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Confirmation, createConfirmation } from "./confirmation.ts";
import type { Reach } from "./ports.ts";
import { type FakeReach, fakeReach } from "./testing/fakes.ts";
import { type ManualClock, manualClock } from "./testing/manual-clock.ts";

let reach: FakeReach;
let clock: ManualClock;
let confirmation: Confirmation;
const wake = vi.fn();

beforeEach(() => {
  reach = fakeReach();
  clock = manualClock();
  wake.mockClear();
  confirmation = createConfirmation(reach, clock, wake);
});

const timed = { key: "a", withinMs: 30_000 };
const untimed = { key: "a" };

describe("a question with a time", () => {
  it("is answered, and said to be, at the first connection", async () => {
    confirmation.ask(timed, true);
    expect(confirmation.answer("a")).toBeUndefined();
    await clock.advance(0);
    expect(confirmation.answer("a")).toEqual({ kind: "reached" });
    expect(wake).toHaveBeenCalledOnce();
  });

  it("is tried until the last moment, and answered with a no only then", async () => {
    reach.set(false);
    confirmation.ask(timed, true);
    await clock.advance(29_999);
    expect(confirmation.answer("a")).toBeUndefined();
    expect(reach.attempts()).toBeGreaterThan(4);
    await clock.advance(1);
    expect(confirmation.answer("a")).toMatchObject({
      kind: "unreachable",
      reason: "NatsUnreachable",
    });
    expect(wake).toHaveBeenCalledOnce();
  });

  it("tells who did not answer a whole try, not who had no time to when it was over", async () => {
    const nats = { kind: "unreachable", reason: "NatsUnreachable", message: "refused" } as const;
    const cutShort = { ...nats, reason: "NobodyReachable" } as const;
    let tries = 0;
    const slow: Reach = {
      isLive: () => true,
      attempt: async (stop) => {
        tries += 1;
        if (tries === 1) return nats;
        await clock.sleep(60_000, stop);
        return cutShort;
      },
    };
    confirmation = createConfirmation(slow, clock, wake);
    confirmation.ask(timed, true);
    await clock.advance(30_000);
    expect(tries).toBe(2);
    expect(confirmation.answer("a")).toEqual(nats);
  });

  it("is answered with a yes as soon as somebody answers", async () => {
    reach.set(false);
    confirmation.ask(timed, true);
    await clock.advance(20_000);
    reach.set(true);
    await clock.advance(10_000);
    expect(confirmation.answer("a")).toEqual({ kind: "reached" });
  });
});

/** The controller answers at once, NATS neither yes nor no: an attempt lasts until its own time is over, or is cut off. */
const silentNats = (lastsMs: number): Reach => ({
  isLive: () => true,
  attempt: async (signal) => {
    const begun = clock.moment().ms;
    await clock.sleep(lastsMs, signal);
    const isWhole = clock.moment().ms - begun >= lastsMs;
    const reason = isWhole ? "NatsUnreachable" : "NobodyReachable";
    return { kind: "unreachable", reason, message: "no answer" };
  },
});

describe("the reason of a no", () => {
  it.each([
    [
      "is what the last whole attempt found, not the one cut off by the end",
      7_000,
      "NatsUnreachable",
    ],
    ["is what was found until the end, where no attempt was whole", 40_000, "NobodyReachable"],
  ])("%s", async (_, lastsMs, reason) => {
    confirmation = createConfirmation(silentNats(lastsMs), clock, wake);
    confirmation.ask(timed, true);
    await clock.advance(30_000);
    await clock.advance(0);
    expect(confirmation.answer("a")).toMatchObject({ kind: "unreachable", reason });
  });
});

describe("a question without a time", () => {
  it("is asked for as long as it takes", async () => {
    reach.set(false);
    confirmation.ask(untimed, true);
    await clock.advance(3_600_000);
    expect(confirmation.answer("a")).toBeUndefined();
    reach.set(true);
    await clock.advance(10_000);
    expect(confirmation.answer("a")).toEqual({ kind: "reached" });
  });
});

describe("a question that has to be answered with a yes for a time", () => {
  const steady = { key: "a", steadyMs: 30_000 };

  it("is answered when that is over", async () => {
    confirmation.ask(steady, true);
    await clock.advance(29_000);
    expect(confirmation.answer("a")).toBeUndefined();
    await clock.advance(11_000);
    expect(confirmation.answer("a")).toEqual({ kind: "reached" });
  });

  it("begins anew with every no", async () => {
    confirmation.ask(steady, true);
    await clock.advance(25_000);
    reach.set(false);
    await clock.advance(10_000);
    reach.set(true);
    await clock.advance(29_000);
    expect(confirmation.answer("a")).toBeUndefined();
    await clock.advance(20_000);
    expect(confirmation.answer("a")).toEqual({ kind: "reached" });
  });
});

describe("asked again", () => {
  it("the same changes nothing, and its time goes on", async () => {
    reach.set(false);
    confirmation.ask(timed, true);
    await clock.advance(29_000);
    confirmation.ask(timed, false);
    await clock.advance(1_000);
    expect(confirmation.answer("a")?.kind).toBe("unreachable");
  });

  it("the same after a write forgets what was reached before it, and its time goes on", async () => {
    confirmation.ask(timed, true);
    await clock.advance(20_000);
    expect(confirmation.answer("a")?.kind).toBe("reached");
    reach.set(false);
    confirmation.ask(timed, true);
    expect(confirmation.answer("a")).toBeUndefined();
    await clock.advance(10_000);
    expect(confirmation.answer("a")?.kind).toBe("unreachable");
  });

  it("another takes the place of the first, and nothing is heard of that any more", async () => {
    reach.set(false);
    confirmation.ask(timed, true);
    await clock.advance(1_000);
    confirmation.ask({ key: "b", withinMs: 60_000 }, false);
    await clock.advance(30_000);
    expect([confirmation.answer("a"), confirmation.answer("b")]).toEqual([undefined, undefined]);
    expect([confirmation.isAsked("a"), confirmation.isAsked("b")]).toEqual([false, true]);
    expect(wake).not.toHaveBeenCalled();
  });

  it("nothing ends it", async () => {
    reach.set(false);
    confirmation.ask(timed, true);
    await clock.advance(1_000);
    const before = reach.attempts();
    confirmation.ask(undefined, false);
    await clock.advance(60_000);
    expect(reach.attempts()).toBe(before);
    expect(wake).not.toHaveBeenCalled();
  });
});
