import { setTimeout as delay } from "node:timers/promises";

export interface EventuallyOptions {
  /** What is being waited for, for the error's first line. */
  readonly what: string;
  /** Default 30 s: what takes a moment takes seconds on a busy machine. */
  readonly timeoutMs?: number;
  /** Between two attempts. Default a tenth of the time that was waited, within 25 ms and 250 ms. */
  readonly intervalMs?: number;
}

/**
 * Calls `attempt` until it returns something other than `undefined` or `false`, and returns that.
 * An attempt may throw; the last error is the evidence when time runs out.
 */
export async function eventually<T>(
  attempt: () => Promise<T | undefined | false> | T | undefined | false,
  options: EventuallyOptions,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const started = performance.now();
  const deadline = started + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`gave up after ${String(timeoutMs)} ms waiting for ${options.what}`, {
        cause: lastError,
      });
    }
    const waited = performance.now() - started;
    await delay(options.intervalMs ?? Math.min(Math.max(waited / 10, 25), 250));
  }
}
