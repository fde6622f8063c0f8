/** A time that nobody can set, unlike the wall clock's: since the kernel booted, suspended or not. */
export interface Moment {
  /** Which boot; another one after each. */
  readonly boot: string;
  readonly ms: number;
}

/** Milliseconds from one moment to a later one; undefined: a reboot lies between, so nobody can tell. */
export function elapsedMs(from: Moment, to: Moment): number | undefined {
  return from.boot === to.boot && to.ms >= from.ms ? to.ms - from.ms : undefined;
}
