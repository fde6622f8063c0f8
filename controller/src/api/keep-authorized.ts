const LOOK_EVERY_MS = 200;
const ANSWER_WITHIN_MS = 5_000;

/**
 * Asks for as long as a stream is open whether its caller still may, and ends it where he may not any more: within a second, where
 * an answer takes no longer than 400 ms. One that takes longer ends nothing by itself, or each pause of a busy store would end the
 * streams of all who were not revoked; where none comes for five seconds, or it fails, the stream ends too.
 * @returns how to stop asking
 */
export function keepAuthorized(
  look: () => Promise<unknown>,
  end: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
  };
  const over = (error: unknown) => {
    if (isOver) return;
    stop();
    end(error);
  };
  const ask = () => {
    const askedMs = performance.now();
    timer = setTimeout(over, ANSWER_WITHIN_MS, new Unanswered());
    look().then(() => {
      if (isOver) return;
      clearTimeout(timer);
      timer = setTimeout(ask, askedMs + LOOK_EVERY_MS - performance.now());
    }, over);
  };
  ask();
  return stop;
}

class Unanswered extends Error {
  override name = "Error";

  constructor() {
    super(`whether the caller still may call could not be read in ${String(ANSWER_WITHIN_MS)} ms`);
  }
}
