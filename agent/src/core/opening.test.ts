import { describe, expect, test } from "vitest";
import type { Moment } from "./moment.ts";
import { type Opening, openState } from "./opening.ts";

const minute = 60_000;
const opened = 1_700_000_000_000;
const since: Moment = { boot: "a", ms: 100 * minute };
const by = { uid: 1000, login: "alice" };
const opening: Opening = {
  since,
  ttlMs: 15 * minute,
  reason: "r",
  by,
  openedMs: opened,
  hadRules: true,
};
const closed: Opening = { ...opening, closed: { by, atMs: opened + minute } };

/** So many minutes later, by both clocks. */
function after(minutes: number, boot = "a") {
  return {
    moment: { boot, ms: since.ms + minutes * minute },
    wallMs: opened + minutes * minute,
  };
}

describe("open", () => {
  test.each<[string, readonly Opening[], Parameters<typeof openState>[1], number | undefined]>([
    ["never opened", [], after(0), undefined],
    ["just opened", [opening], after(0), 15 * minute],
    ["until its time is over", [opening], after(14), minute],
    ["not when it is over", [opening], after(15), undefined],
    ["not once it is closed", [closed], after(5), undefined],
    ["not after a reboot, however soon", [opening], after(1, "b"), undefined],
    [
      "no longer for a wall clock that was set back",
      [opening],
      { ...after(15), wallMs: 0 },
      undefined,
    ],
    [
      "no shorter for a wall clock that was set forward",
      [opening],
      { ...after(5), wallMs: opened * 2 },
      10 * minute,
    ],
    ["not for the one before a newer one that is closed", [closed, opening], after(5), undefined],
    ["for the newest, whatever was before it", [opening, closed], after(5), 10 * minute],
    ["not before it began", [opening], after(-1), undefined],
  ])("%s", (_, openings, now, leftMs) => {
    expect(openState(openings, now).now?.leftMs).toBe(leftMs);
  });
});

describe("open lately", () => {
  test.each<[string, readonly Opening[], Parameters<typeof openState>[1], boolean]>([
    ["while it is open: that is said already", [opening], after(5), false],
    ["when its time is over", [opening], after(15), true],
    ["when it was closed", [closed], after(5), true],
    ["after a reboot", [opening], after(1, "b"), true],
    ["for a day", [opening], after(24 * 60 + 14), true],
    ["not for longer", [opening], after(24 * 60 + 15), false],
    ["never opened", [], after(0), false],
  ])("%s", (_, openings, now, isSaid) => {
    expect(openState(openings, now).lately !== undefined).toBe(isSaid);
  });
});
