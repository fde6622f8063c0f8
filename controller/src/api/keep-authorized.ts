const LOOK_EVERY_MS = 200;
const ANSWER_WITHIN_MS = 450;

/**
 * Asks for as long as a stream is open whether its caller still may, and ends it where he may not any more. Where no
 * answer comes it ends too: a store that is slow or away keeps nobody's stream open. Whatever the store does, that is
 * within a second: at worst one answer tells of the moment before and comes just in time, and the next one does not come.
 * @returns how to stop asking
 */
export function keepAuthorized(
  look: () => Promise<unknown>,
  end: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let late: NodeJS.Immediate | undefined;
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    clearImmediate(late);
  };
  const over = (error: unknown) => {
    if (isOver) return;
    stop();
    end(error);
  };
  const ask = () => {
    const askedMs = performance.now();
    timer = setTimeout(() => {
      // What has come while this process was busy is read first.
      late = setImmediate(over, new Unanswered());
    }, ANSWER_WITHIN_MS);
    look().then(() => {
      if (isOver) return;
      clearTimeout(timer);
      clearImmediate(late);
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
