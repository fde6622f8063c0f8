import { describe, expect, test } from "vitest";
import { elapsedMs, type Moment } from "./moment.ts";
import {
  questionOf,
  type Reached,
  type Standing,
  standingAfter,
  standingAtStart,
  standingOfNewer,
  trialLeftMs,
  type Unreachable,
  wanted,
} from "./standing.ts";

const then: Moment = { boot: "a", ms: 1_000 };
const now: Moment = { boot: "a", ms: 9_000 };
const wallMs = 1_700_000_000_000;
const reached: Reached = { kind: "reached" };
const lost: Unreachable = { kind: "unreachable", reason: "NatsUnreachable", message: "no answer" };
const earlier: Unreachable = { ...lost, message: "timed out" };

const confirmed: Standing = { kind: "confirmed" };
const trial: Standing = { kind: "trial", since: then };
const unconfirmed: Standing = { kind: "unconfirmed" };
const reverted: Standing = { kind: "reverted", why: earlier, atMs: 5, helped: false };
const postponed: Standing = { kind: "postponed", why: earlier, atMs: 5 };
const newTrial: Standing = { kind: "trial", since: now };
/** Taken back once, and reached again without it. */
const blamed = { blamed: earlier };
const blamedPostponed: Standing = { ...postponed, ...blamed };
const lastTrial: Standing = { kind: "trial", since: then, ...blamed };
const revertedAgain: Standing = { ...reverted, ...blamed };
const proven: Standing = { ...revertedAgain, helped: true };

describe("whose rules are in force, and what new connections are to tell", () => {
  test.each<[string, Standing, "newest" | "confirmed", object | undefined]>([
    ["confirmed", confirmed, "newest", undefined],
    ["on trial", trial, "newest", { withinMs: 30_000 }],
    ["unconfirmed", unconfirmed, "newest", {}],
    ["just reverted", reverted, "confirmed", { withinMs: 30_000 }],
    ["reverted, and that helped twice", proven, "confirmed", undefined],
    ["postponed", postponed, "confirmed", { steadyMs: 30_000 }],
  ])("%s", (_, standing, whose, question) => {
    expect(wanted(standing)).toBe(whose);
    expect(questionOf(standing, 30_000)).toEqual(question);
  });
});

describe("what an answer changes", () => {
  test.each<[string, Standing, Reached, Standing]>([
    ["a trial that is reached", trial, reached, confirmed],
    [
      "a trial that is not",
      trial,
      lost,
      { kind: "reverted", why: lost, atMs: wallMs, helped: false },
    ],
    ["unconfirmed, reached at last", unconfirmed, reached, confirmed],
    ["unconfirmed, still not reached", unconfirmed, lost, unconfirmed],
    [
      "reverted, reached again without it: an outage that ended just then?",
      reverted,
      reached,
      blamedPostponed,
    ],
    ["reverted, not reached without it either", reverted, lost, postponed],
    ["postponed, reached: tried again", postponed, reached, newTrial],
    ["postponed, still not reached", postponed, lost, postponed],
    ["blamed once, reached: its last trial", blamedPostponed, reached, { ...newTrial, ...blamed }],
    ["a last trial that is reached", lastTrial, reached, confirmed],
    [
      "a last trial that is not",
      lastTrial,
      lost,
      { kind: "reverted", why: lost, atMs: wallMs, helped: false, ...blamed },
    ],
    ["reverted again, reached again without it", revertedAgain, reached, proven],
    ["reverted again, not reached without it either", revertedAgain, lost, blamedPostponed],
    ["reverted for good, whatever is heard", proven, reached, proven],
    ["reverted for good, whatever is not", proven, lost, proven],
    ["confirmed, whatever is not heard later", confirmed, lost, confirmed],
  ])("%s", (_, standing, answer, after) => {
    expect(standingAfter(standing, answer, { moment: now, wallMs })).toEqual(after);
  });
});

describe("how a newer bundle begins", () => {
  test.each<[string, Standing | undefined, Reached | undefined, boolean, Standing | undefined]>([
    ["the first one, connected", undefined, undefined, true, newTrial],
    ["the first one, not connected to both", undefined, undefined, false, undefined],
    ["the first one, reached when tried", undefined, reached, false, newTrial],
    ["the first one, not reached when tried", undefined, lost, false, unconfirmed],
    ["after a confirmed one, connected", confirmed, undefined, true, newTrial],
    ["after a confirmed one, not connected", confirmed, undefined, false, undefined],
    ["after a confirmed one, not reached", confirmed, lost, false, unconfirmed],
    ["after one that could not be brought into force", trial, undefined, false, newTrial],
    [
      "after an unconfirmed one: connections of before prove nothing",
      unconfirmed,
      undefined,
      true,
      undefined,
    ],
    ["after an unconfirmed one, reached", unconfirmed, reached, true, newTrial],
    ["after an unconfirmed one, not reached", unconfirmed, lost, true, unconfirmed],
    ["after a reverted one, connected", proven, undefined, true, newTrial],
    [
      "after one that was just reverted: is it the rules or the network?",
      reverted,
      undefined,
      true,
      undefined,
    ],
    ["after a postponed one", postponed, undefined, true, undefined],
    ["after a postponed one, reached", postponed, reached, false, newTrial],
  ])("%s", (_, current, tried, isLive, begins) => {
    expect(standingOfNewer(current, tried, isLive, now)).toEqual(begins);
  });
});

const later = { moment: { boot: "b", ms: 1 }, wallMs };

test.each<[string, Standing, Standing]>([
  ["a trial", trial, trial],
  ["a last trial: lost", lastTrial, { ...proven, atMs: wallMs }],
  ["postponed", blamedPostponed, blamedPostponed],
  ["reverted for good", proven, proven],
])("after a reboot, %s", (_, standing, after) => {
  expect(standingAtStart(standing, later)).toEqual(after);
  expect(standingAtStart(standing, { moment: now, wallMs })).toEqual(standing);
});

test.each<[string, Moment, number, number]>([
  ["all of it at its beginning", now, 30_000, 30_000],
  ["the rest of it after a restart", { boot: "a", ms: 1_000 }, 30_000, 22_000],
  ["enough for a try, however late", { boot: "a", ms: -60_000 }, 30_000, 10_000],
  ["never more than the whole", { boot: "a", ms: -60_000 }, 2_000, 2_000],
  ["all of it after a reboot", { boot: "b", ms: 1_000 }, 30_000, 30_000],
])("what is left of a trial: %s", (_, since, timeout, left) => {
  expect(trialLeftMs(since, now, timeout)).toBe(left);
});

test.each<[string, Moment, number | undefined]>([
  ["later in the same boot", { boot: "a", ms: 2_500 }, 1_500],
  ["the same moment", then, 0],
  ["earlier, which cannot be", { boot: "a", ms: 999 }, undefined],
  ["in another boot", { boot: "b", ms: 2_500 }, undefined],
])("time from one moment to another: %s", (_, to, ms) => {
  expect(elapsedMs(then, to)).toBe(ms);
});
