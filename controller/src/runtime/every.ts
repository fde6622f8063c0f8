import { setTimeout as delay } from "node:timers/promises";

export interface EveryOptions {
  /** On average; each pause is up to a quarter shorter or longer. */
  readonly ms: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly task: () => Promise<void>;
  /** The task failed; it runs again after the next pause. */
  readonly onError: (error: unknown) => void;
}

export interface Repetition {
  /** Resolves when the task does not run any more. */
  stop(): Promise<void>;
}

/** Runs the task again and again, a pause ahead of each; never twice at once. */
export function every(options: EveryOptions): Repetition {
  const stopping = new AbortController();
  const repeating = repeat(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await repeating;
    },
  };
}

async function repeat({ ms, random, task, onError }: EveryOptions, signal: AbortSignal) {
  for (;;) {
    const pauseMs = ms * (0.75 + random() / 2);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await task();
    } catch (error) {
      onError(error);
    }
  }
}
