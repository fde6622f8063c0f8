import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Result, Workqueue } from "./workqueue.ts";

interface Run {
  readonly key: string;
  readonly end: (result?: Result) => void;
  readonly fail: () => void;
}

function queueOf(concurrency = 2) {
  const runs: Run[] = [];
  const retries: number[] = [];
  const queue = new Workqueue({
    concurrency,
    random: () => 0,
    onError: (_key, _error, ms) => retries.push(ms),
    reconcile: (key) =>
      new Promise((resolve, reject) => {
        runs.push({
          key,
          end: (result = { kind: "done" }) => {
            resolve(result);
          },
          fail: () => {
            reject(new Error("no"));
          },
        });
      }),
  });
  return { queue, runs, retries, keys: () => runs.map(({ key }) => key).join(" ") };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("Workqueue", () => {
  test("what waits twice is worked on once, and no more at once than may be", async () => {
    const { queue, runs, keys } = queueOf();
    for (const key of ["a", "b", "c", "c"]) queue.add(key);
    expect(keys()).toBe("a b");
    runs[0]?.end();
    await settle();
    expect(keys()).toBe("a b c");
    runs[1]?.end();
    runs[2]?.end();
    await settle();
    expect(keys()).toBe("a b c");
  });

  test("what is added while it is worked on is worked on once more, afterwards", async () => {
    const { queue, runs, keys } = queueOf();
    queue.add("a");
    queue.add("a");
    queue.add("a");
    await settle();
    expect(keys()).toBe("a");
    runs[0]?.end();
    await settle();
    expect(keys()).toBe("a a");
  });

  test("a failure is tried again, later each time, until it goes well", async () => {
    const { queue, runs, retries, keys } = queueOf();
    queue.add("a");
    for (const wait of [100, 200, 400]) {
      runs.at(-1)?.fail();
      await settle();
      expect(retries.at(-1)).toBe(wait);
      await vi.advanceTimersByTimeAsync(wait);
    }
    expect(keys()).toBe("a a a a");
    runs.at(-1)?.end();
    await settle();
    queue.add("a");
    runs.at(-1)?.fail();
    await settle();
    expect(retries.at(-1)).toBe(100);
  });

  test("the longest wait is half a minute", async () => {
    const { queue, runs, retries } = queueOf();
    queue.add("a");
    for (let i = 0; i < 20; i++) {
      runs.at(-1)?.fail();
      await vi.advanceTimersByTimeAsync(30_000);
    }
    expect(Math.max(...retries)).toBe(15_000);
  });

  test("a result can ask for another look", async () => {
    const { queue, runs, keys } = queueOf();
    queue.add("a");
    runs[0]?.end({ kind: "requeueAfter", ms: 5_000 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(keys()).toBe("a");
    await vi.advanceTimersByTimeAsync(1);
    expect(keys()).toBe("a a");
  });

  test("stop starts nothing more and waits for what runs", async () => {
    const { queue, runs, keys } = queueOf(1);
    queue.add("a");
    queue.add("b");
    let hasStopped = false;
    const stopped = queue.stop().then(() => {
      hasStopped = true;
    });
    queue.add("c");
    await settle();
    expect(hasStopped).toBe(false);
    runs[0]?.fail();
    await stopped;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keys()).toBe("a");
  });
});
