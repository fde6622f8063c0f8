import { retryDelayMs } from "./core/failure.ts";
import { elapsedMs, type Moment } from "./core/moment.ts";
import type { Question, Reached } from "./core/standing.ts";
import type { Clock, Reach } from "./ports.ts";

/** Finds out over new connections what a question asks; one question at a time, beside the loop. */
export interface Confirmation {
  /**
   * Nothing happens while the same is being asked, or was answered; another question takes its place.
   * `isAfresh`: the rules it is about came into force since, so only connections from now on count. The time goes on.
   */
  ask(question: Question | undefined, isAfresh: boolean): void;
  /** undefined: it is not asked, or not known yet. */
  answer(key: string): Reached | undefined;
  isAsked(key: string): boolean;
}

interface Asked {
  readonly key: string;
  /** Ends this question. */
  readonly stop: AbortController;
  /** Aborts when its time is over. */
  readonly over: AbortSignal;
  readonly steadyMs: number;
  /** Ends the tries of now. */
  tries: AbortController;
  answer?: Reached;
}

/** `wake` is called whenever an answer has come. */
export function createConfirmation(reach: Reach, clock: Clock, wake: () => void): Confirmation {
  let asked: Asked | undefined;

  const begin = ({ key, withinMs, steadyMs = 0 }: Question): Asked => {
    const stop = new AbortController();
    const over = withinMs === undefined ? stop.signal : after(withinMs, stop.signal, clock);
    return { key, stop, over, steadyMs, tries: new AbortController() };
  };

  const tryFrom = (one: Asked): void => {
    one.tries.abort();
    one.tries = new AbortController();
    delete one.answer;
    const { signal } = one.tries;
    void untilReached(reach, clock, one, signal).then((found) => {
      if (signal.aborted || one.stop.signal.aborted) return;
      one.answer = found;
      wake();
    });
  };

  return {
    ask(question, isAfresh) {
      if (question?.key !== asked?.key) {
        asked?.tries.abort();
        asked?.stop.abort();
        asked = question && begin(question);
      } else if (!isAfresh) {
        return;
      }
      if (asked !== undefined) tryFrom(asked);
    },
    answer: (key) => (asked?.key === key ? asked.answer : undefined),
    isAsked: (key) => asked?.key === key,
  };
}

/**
 * Tries again and again. Once the time is over, what the last whole attempt found: one that is cut off takes
 * for unreachable whoever had no time to answer. It counts only where there was no other.
 */
async function untilReached(
  reach: Reach,
  clock: Clock,
  { over, steadyMs }: Pick<Asked, "over" | "steadyMs">,
  stop: AbortSignal,
): Promise<Reached> {
  const end = AbortSignal.any([over, stop]);
  const isOver = () => end.aborted;
  let whole: Reached | undefined;
  let steadySince: Moment | undefined;
  for (let attempt = 1; ; attempt++) {
    const found = await reach.attempt(end);
    if (found.kind === "reached") {
      steadySince ??= clock.moment();
      if ((elapsedMs(steadySince, clock.moment()) ?? 0) >= steadyMs) return found;
    } else {
      steadySince = undefined;
      if (isOver()) return whole ?? found;
      whole = found;
    }
    await clock.sleep(retryDelayMs("retry", attempt, clock.random()), end);
    if (isOver()) return found;
  }
}

function after(ms: number, stop: AbortSignal, clock: Clock): AbortSignal {
  const over = new AbortController();
  void clock.sleep(ms, stop).then(() => {
    over.abort();
  });
  return over.signal;
}
