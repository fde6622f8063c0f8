import type { Clock } from "./ports.ts";

/** Calls at once, and then at most every so often: whatever comes in between is one call at the end of that time. */
export function coalesce(everyMs: number, call: () => void, clock: Clock): () => void {
  let isPausing = false;
  let isWanted = false;
  const pause = async (): Promise<void> => {
    isPausing = true;
    call();
    await clock.sleep(everyMs, never);
    isPausing = false;
    if (!isWanted) return;
    isWanted = false;
    await pause();
  };
  return () => {
    if (isPausing) isWanted = true;
    else void pause();
  };
}

const never = new AbortController().signal;
