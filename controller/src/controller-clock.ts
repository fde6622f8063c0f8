/** The time that hosts and rollouts are judged by, in milliseconds. */
export interface ControllerClock {
  /** Wall clock: what is stored, and told to people. */
  readonly now: () => number;
  /** Nobody can set it. */
  readonly monotonicNow: () => number;
}
