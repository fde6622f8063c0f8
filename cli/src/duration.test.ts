import { expect, test } from "vitest";
import { age, humanDuration } from "./duration.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5, "0s"],
  [0, "0s"],
  [42 * SECOND, "42s"],
  [119 * SECOND, "119s"],
  [5 * MINUTE, "5m"],
  [5 * MINUTE + 30 * SECOND, "5m30s"],
  [17 * MINUTE + 20 * SECOND, "17m"],
  [3 * HOUR, "3h"],
  [3 * HOUR + 12 * MINUTE, "3h12m"],
  [3 * DAY + 4 * HOUR, "3d4h"],
  [412 * DAY + 23 * HOUR, "412d"],
])("%i ms reads %s", (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test("age of a time, of none, of nonsense", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  expect(age("2026-03-01T11:59:18Z", now)).toBe("42s");
  expect(age(undefined, now)).toBe("-");
  expect(age("yesterday", now)).toBe("-");
});
