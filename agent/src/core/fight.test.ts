import { describe, expect, it } from "vitest";
import type { Difference } from "./diff.ts";
import { type Fights, fought, noFights, ongoing, repaired, toWaitFor } from "./fight.ts";

const flushed: Difference = {
  ...{ family: "IPv4", kind: "chainChanged", table: "filter", chain: "SEAWALL" },
};
const deleted: Difference = { ...flushed, kind: "chainMissing", chain: "SEAWALL-1" };

/** Somebody undoes every repair at once, for so long. */
function story(lastsMs: number): {
  readonly repairsMs: readonly number[];
  readonly fights: Fights;
} {
  const repairsMs: number[] = [];
  let fights = noFights;
  for (let nowMs = 0; nowMs <= lastsMs; nowMs += 100) {
    fights = ongoing(fights, nowMs);
    if (toWaitFor(fights, [flushed], nowMs).differences.length > 0) continue;
    repairsMs.push(nowMs);
    fights = repaired(fights, [flushed], nowMs);
  }
  return { repairsMs, fights };
}

describe("somebody who undoes every repair", () => {
  it("is answered at once at first, then after 1 s, 2 s, 4 s … 10 s, and always", () => {
    const { repairsMs } = story(66_000);
    const gaps = repairsMs.map((at, index) => at - (repairsMs[index - 1] ?? 0)).slice(1);
    expect(gaps).toEqual([
      ...[100, 100, 100, 100, 100],
      ...[1_000, 2_000, 4_000, 8_000],
      ...[10_000, 10_000, 10_000, 10_000, 10_000],
    ]);
  });

  it("is named for as long as it goes on, and a while after", () => {
    expect(fought(story(400).fights)).toEqual([]);
    const { fights } = story(600);
    expect(fought(fights)).toEqual(["IPv4: chain SEAWALL is not as it was written"]);
    expect(fought(ongoing(fights, 500 + 60_999))).toHaveLength(1);
    expect(fought(ongoing(fights, 500 + 61_000))).toEqual([]);
  });

  it("does not keep anything else from being repaired", () => {
    const { fights } = story(600);
    expect(toWaitFor(fights, [flushed, deleted], 700)).toEqual({
      ...{ differences: [flushed], untilMs: 1_500 },
    });
    expect(toWaitFor(fights, [deleted], 700).differences).toEqual([]);
  });
});

it("whoever changes rules now and then is no fighter", () => {
  let fights = noFights;
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 12_000) {
    fights = repaired(ongoing(fights, nowMs), [flushed], nowMs);
  }
  expect(fought(fights)).toEqual([]);
});

it("Docker, which makes its own rules ahead of the jump, is no fighter; whoever does it beside, is", () => {
  const displaced: Difference = { family: "IPv4", kind: "dockerJumpDisplaced" };
  const often = (difference: Difference): Fights => {
    let fights = noFights;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 500) {
      fights = repaired(ongoing(fights, nowMs), [difference], nowMs);
    }
    return fights;
  };
  expect(fought(often({ ...displaced, byDocker: true }))).toEqual([]);
  expect(fought(often(displaced))).toHaveLength(1);
});
