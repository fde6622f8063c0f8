import { setImmediate } from "node:timers/promises";
import type { Clock } from "@seawall/agent/testing";
import type { Random } from "./random.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** Milliseconds that pass when the test says so, the same for all who take part. */
export class Timeline {
  #ms = 0;
  /** Latest first. */
  readonly #sleepers: Sleeper[] = [];
  readonly #beganMs = Date.now();

  /** Since it began. */
  get ms(): number {
    return this.#ms;
  }

  /** Wall clock. */
  get wallMs(): number {
    return this.#beganMs + this.#ms;
  }

  /** As a host has it that is not rebooted. */
  clockOf(host: string, random: Random): Clock {
    return {
      now: () => this.wallMs,
      moment: () => ({ boot: host, ms: this.#ms }),
      random,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  /** Lets this much time pass, moment by moment, and whoever waited for one go on before the next. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#ms + byMs;
    for (;;) {
      const next = this.#sleepers.at(-1);
      if (next === undefined || next.untilMs > endMs) break;
      this.#ms = Math.max(this.#ms, next.untilMs);
      while ((this.#sleepers.at(-1)?.untilMs ?? Infinity) <= this.#ms)
        this.#sleepers.at(-1)?.wake();
      await setImmediate();
    }
    this.#ms = endMs;
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        // Whole milliseconds, as clocks tell.
        untilMs: this.#ms + Math.ceil(ms),
        wake: () => {
          this.#remove(sleeper);
          signal.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      if (signal.aborted) {
        resolve();
        return;
      }
      this.#sleepers.splice(this.#placeOf(sleeper), 0, sleeper);
      signal.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  #remove(sleeper: Sleeper): void {
    // Whoever is woken by the clock is the last.
    const at = this.#sleepers.lastIndexOf(sleeper);
    if (at >= 0) this.#sleepers.splice(at, 1);
  }

  /** Ahead of all that wake at the same time or earlier. */
  #placeOf({ untilMs }: Sleeper): number {
    let [low, high] = [0, this.#sleepers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sleepers[middle]?.untilMs ?? 0) > untilMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
