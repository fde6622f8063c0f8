import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepAuthorized } from "./keep-authorized.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks take so long, each in turn; the last goes for all that follow. Each sees what was so when it began. */
function start(tookMs: readonly number[]) {
  const begunMs = performance.now();
  let isRevoked = false;
  let looks = 0;
  let ended: { readonly afterMs: number; readonly why: string } | undefined;
  const look = async () => {
    const wasRevoked = isRevoked;
    const ms = tookMs[looks++] ?? tookMs.at(-1) ?? 0;
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (wasRevoked) throw new Error("revoked");
  };
  const stop = keepAuthorized(look, (error) => {
    ended = { afterMs: performance.now() - begunMs, why: String(error) };
  });
  return {
    stop,
    looks: () => looks,
    ended: () => ended,
    revoke: () => {
      isRevoked = true;
    },
  };
}

const cannotTell = "Error: whether the caller still may call could not be read in 450 ms";

test.for([
  ["a store that answers at once, revoked before a look", [0], 399, 400, "Error: revoked"],
  ["a store that answers at once, revoked after a look", [0], 401, 600, "Error: revoked"],
  ["a slow store", [300], 401, 900, "Error: revoked"],
  ["a store that answers just in time", [449], 450, 1_347, "Error: revoked"],
  ["a store that answered just in time, and then not", [449, 60_000], 1, 899, cannotTell],
  ["a store that answers no more", [0, 0, 60_000], 401, 850, cannotTell],
] as const)("%s: the end comes within a second", async ([, tookMs, revokedMs, endedMs, why]) => {
  const stream = start(tookMs);
  await vi.advanceTimersByTimeAsync(revokedMs);
  expect(stream.ended()).toBeUndefined();
  stream.revoke();
  await vi.advanceTimersByTimeAsync(2_000);
  // Each timer that is nothing away takes a millisecond of its own.
  expect(stream.ended()).toEqual({ afterMs: expect.closeTo(endedMs, -1) as unknown, why });
  expect(endedMs - revokedMs).toBeLessThan(1_000);
});

test("goes on for as long as the answer is yes, and asks no more once it is stopped", async () => {
  const stream = start([0]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([stream.looks(), stream.ended()]).toEqual([301, undefined]);
  stream.stop();
  stream.revoke();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([stream.looks(), stream.ended()]).toEqual([301, undefined]);
});

test("an answer that came while the process was busy counts", async () => {
  vi.useRealTimers();
  let looks = 0;
  let ended: unknown;
  const stop = keepAuthorized(
    () => {
      looks += 1;
      return delay(1);
    },
    (error) => {
      ended = error;
    },
  );
  const busyUntilMs = performance.now() + 600;
  while (performance.now() < busyUntilMs);
  await expect.poll(() => looks).toBe(3);
  stop();
  expect(ended).toBeUndefined();
});
