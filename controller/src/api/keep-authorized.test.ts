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

const cannotTell = "Error: whether the caller still may call could not be read in 5000 ms";

test.for([
  ["a store that answers at once, revoked before a look", [0], 399, 400, "Error: revoked"],
  ["a store that answers at once, revoked after a look", [0], 401, 600, "Error: revoked"],
  ["a slow store", [300], 401, 900, "Error: revoked"],
  ["a store that is as slow as is promised for", [400], 401, 1_200, "Error: revoked"],
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

test.for([
  ["a pause of the store ends nothing by itself", [0, 4_000, 0], 6_000, undefined],
  ["a store that answers no more ends it", [0, 60_000], 6_000, { afterMs: 5_200, why: cannotTell }],
] as const)("%s", async ([, tookMs, forMs, ended]) => {
  const stream = start(tookMs);
  await vi.advanceTimersByTimeAsync(forMs);
  expect(stream.ended()).toEqual(
    ended && { ...ended, afterMs: expect.closeTo(ended.afterMs, -1) as unknown },
  );
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
