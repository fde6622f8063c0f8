import { expect, test } from "vitest";
import { describeStream, resultOf } from "./stream-result.ts";

/** Ten seconds from second 5 of the machine's clock on. */
const sending = {
  started: 5_000_000,
  ended: 15_000_000,
  sent: 50_000,
  failed: 0,
  longestPause: 2_400,
};
const at = (...ms: readonly number[]): readonly number[] =>
  ms.map((time) => 5_000_000 + time * 1000);

test.for([
  { name: "nothing", arrived: at(), windows: [] },
  { name: "one packet", arrived: at(7), windows: [{ firstMs: 7, lastMs: 7, packets: 1 }] },
  {
    name: "20 ms apart are one window, 21 ms are two, in whatever order they come",
    arrived: at(141, 100, 120),
    windows: [
      { firstMs: 100, lastMs: 120, packets: 2 },
      { firstMs: 141, lastMs: 141, packets: 1 },
    ],
  },
])("windows: $name", ({ arrived, windows }) => {
  expect(resultOf("udp", sending, arrived)).toEqual({
    name: "udp",
    sent: 50_000,
    failed: 0,
    startedMs: 5_000,
    durationMs: 10_000,
    rate: 5_000,
    longestPauseMs: 2,
    through: arrived.length,
    windows,
  });
});

test.for([
  { arrived: at(), line: "udp: 0 of 50000 through (5000/s, longest pause 2 ms)" },
  {
    arrived: at(10, 11, 12, 400),
    line: "udp: 4 of 50000 through (5000/s, longest pause 2 ms) in 2 windows, the longest 2 ms: 10–12, 400–400",
  },
])("in words: $line", ({ arrived, line }) => {
  expect(describeStream(resultOf("udp", sending, arrived))).toBe(line);
});

test("in words: what was not sent, and not every window", () => {
  const arrived = at(...Array.from({ length: 10 }, (_, index) => index * 100));
  const result = resultOf("udp", { ...sending, sent: 10, failed: 3 }, arrived);
  expect(describeStream(result)).toBe(
    "udp: 10 of 10 through (1/s, longest pause 2 ms, 3 not sent) in 10 windows, the longest 0 ms: " +
      "0–0, 100–100, 200–200, 300–300, 400–400, 500–500, 600–600, 700–700, …",
  );
});
