import { expect, test } from "vitest";
import { coalesce } from "./coalesce.ts";
import type { Clock } from "./ports.ts";

/** Sleeps until the test says that the time is over. */
function pausedClock() {
  const sleepers: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    moment: () => ({ boot: "test", ms: 0 }),
    random: () => 0,
    sleep: () =>
      new Promise((resolve) => {
        sleepers.push(resolve);
      }),
  };
  const timeIsOver = async (): Promise<void> => {
    sleepers.shift()?.();
    await new Promise(setImmediate);
  };
  return { clock, timeIsOver };
}

test("the first call goes through at once, those of the time after it as one", async () => {
  const { clock, timeIsOver } = pausedClock();
  let calls = 0;
  const ring = coalesce(
    500,
    () => {
      calls += 1;
    },
    clock,
  );
  ring();
  expect(calls).toBe(1);
  for (let n = 0; n < 128; n += 1) ring();
  expect(calls).toBe(1);
  await timeIsOver();
  expect(calls).toBe(2);
  await timeIsOver();
  expect(calls).toBe(2);
  ring();
  expect(calls).toBe(3);
});
