import type { Logger } from "pino";
import type { FleetEvent } from "./core/fleet-event.ts";

export interface EventRecorderOptions {
  /** Durable when it resolves. */
  readonly append: (timeMs: number, event: FleetEvent) => Promise<void>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Being written at once. Whoever is refused thousands of times a second must not fill the memory. */
const MOST_AT_ONCE = 100;

/**
 * Writes events of what is done already, so that a failure undoes nothing. One that cannot be written
 * is lost: its words are in the log, and how many there were is said with the events.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  #writing = 0;
  #lost = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Since this controller started. */
  get lost(): number {
    return this.#lost;
  }

  /** Resolves when it is written or lost; never throws. */
  async record(event: FleetEvent): Promise<void> {
    const { append, now, log } = this.#options;
    try {
      if (this.#writing >= MOST_AT_ONCE) throw new Error("too many events at once");
      this.#writing += 1;
      try {
        await append(now().getTime(), event);
      } finally {
        this.#writing -= 1;
      }
    } catch (error) {
      this.#lost += 1;
      log.error({ err: error, event }, "an event could not be written");
    }
  }
}
