/**
 * Who can end a failure decides when to try again: `retry` a moment, `wait` something outside the
 * agent (Docker, a privilege), `terminal` a person. None is ever final: the loop is level-triggered
 * and looks again, only less often.
 */
export type FailureClass = "retry" | "wait" | "terminal";

export interface Failure {
  readonly class: FailureClass;
  /** PascalCase and stable, for machines. */
  readonly reason: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** True when this host or this version cannot do it at all, as opposed to not now. */
  readonly unsupported?: boolean;
  /** True when nothing has gone wrong: it was begun, gave way to something more urgent, and goes on at once. */
  readonly isUnderWay?: boolean;
}

const firstDelayMs = { retry: 250, wait: 1_000, terminal: 5_000 } as const;
const longestDelayMs = { retry: 10_000, wait: 15_000, terminal: 60_000 } as const;

/**
 * How long to wait before the next try: doubling from the first failure in a row (`attempt` 1), with
 * half of it jitter so that a fleet does not come back in step. `random` is in [0, 1).
 */
export function retryDelayMs(kind: FailureClass, attempt: number, random: number): number {
  const full = Math.min(firstDelayMs[kind] * 2 ** (attempt - 1), longestDelayMs[kind]);
  return Math.round(full / 2 + (full / 2) * random);
}
