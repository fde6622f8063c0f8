import { expect, test } from "vitest";
import { mayRepeat } from "./report-sender.ts";

test.each([
  ["InSync", 29_000, true],
  ["InSync", 31_000, false],
  ["Failed", 31_000, true],
  ["Applying", 3_600_000, true],
] as const)("%s read %d ms ago: repeated %s", (state, ageMs, expected) => {
  expect(mayRepeat(state, ageMs)).toBe(expected);
});
