import type { Clock } from "./ports.ts";

export interface Bell {
  /** Ends the wait; one that nobody hears ends the next. */
  readonly ring: () => void;
  /** Whether the next wait ends at once. */
  readonly isRung: boolean;
  readonly wait: (ms: number) => Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let rung = false;
  let waiting: AbortController | undefined;
  return {
    ring: () => {
      rung = true;
      waiting?.abort();
    },
    get isRung() {
      return rung;
    },
    wait: async (ms) => {
      if (!rung) {
        waiting = new AbortController();
        await clock.sleep(ms, waiting.signal);
        waiting = undefined;
      }
      rung = false;
    },
  };
}
