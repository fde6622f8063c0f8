import { expect, test } from "vitest";
import { type FailureClass, retryDelayMs } from "./failure.ts";

test.each<[FailureClass, readonly number[]]>([
  ["retry", [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
  ["wait", [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
  ["terminal", [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]],
])("%s: doubles up to a limit, half of it chance", (kind, longest) => {
  longest.forEach((full, index) => {
    expect(retryDelayMs(kind, index + 1, 0)).toBe(full / 2);
    expect(retryDelayMs(kind, index + 1, 0.999_999)).toBe(full);
  });
  expect(retryDelayMs(kind, 5_000, 0.5)).toBeLessThanOrEqual(60_000);
});
