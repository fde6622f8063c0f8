import { setImmediate } from "node:timers/promises";
import type { Clock } from "../ports.ts";

export interface ManualClock extends Clock {
  /** Lets this much time pass, and everything happen that waited for it. */
  advance(ms: number): Promise<void>;
}

/** A clock that stands still until the test lets time pass. */
export function manualClock(boot = "test"): ManualClock {
  let ms = 0;
  const waiting = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => 1_700_000_000_000 + ms,
    moment: () => ({ boot, ms }),
    random: () => 0,
    sleep: (forMs, signal) =>
      new Promise((resolve) => {
        const one = {
          until: ms + forMs,
          wake: () => {
            waiting.delete(one);
            signal.removeEventListener("abort", one.wake);
            resolve();
          },
        };
        waiting.add(one);
        signal.addEventListener("abort", one.wake, { once: true });
        if (signal.aborted) one.wake();
      }),
    advance: async (byMs) => {
      const end = ms + byMs;
      for (;;) {
        await setImmediate();
        const [next] = [...waiting].sort((a, b) => a.until - b.until);
        if (next === undefined || next.until > end) break;
        ms = Math.max(ms, next.until);
        next.wake();
      }
      ms = end;
    },
  };
}
