import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["7d", 604_800_000],
  ["5", undefined],
  ["", undefined],
  ["1.5h", undefined],
  ["-5s", undefined],
  ["5 m", undefined],
])("%j means %s ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
