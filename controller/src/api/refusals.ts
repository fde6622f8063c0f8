import { event, type FleetEvent } from "../core/fleet-event.ts";

/**
 * Told of a refusal once it is decided; never fails, and nobody waits for it.
 * @param by who may take room from himself alone: a name that our CA has given, or an address
 */
export type TellRefusal = (refusal: FleetEvent, by: string) => void;

export interface RefusalsOptions {
  /** Never throws. */
  readonly record: (event: FleetEvent) => Promise<void>;
  /** Milliseconds. */
  readonly monotonicNow: () => number;
}

/** What one is refused, from the first time on. */
interface Hour {
  readonly sinceMs: number;
  readonly told: Set<string>;
  leftOut: number;
  /** The last of those. */
  last?: FleetEvent;
}

type Hours = Map<string, Hour>;

const HOUR_MS = 60 * 60_000;
/** Different refusals of one that are told in an hour. */
const MOST_OF_ONE = 20;
/** All that are too many together; nobody is called so. */
const OTHERS = "";

/**
 * Tells of refusals as events: what is new at once, the same again, and more than twenty different ones of somebody, once an hour
 * with their number. Whoever is refused goes on trying, and must neither fill the stream nor the memory.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  /** By kind, then by who is refused; those that began first come first. */
  readonly #hours = new Map<FleetEvent["kind"], Hours>();

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  refused(refusal: FleetEvent, by: string): void {
    const hour = this.#hourOf(refusal.kind, by);
    const words = wordsOf(refusal);
    if (hour.told.has(words) || hour.told.size >= MOST_OF_ONE) {
      hour.leftOut += 1;
      hour.last = refusal;
      return;
    }
    hour.told.add(words);
    void this.#options.record(refusal);
  }

  /** To be called now and then: tells how many were left out of each hour that is over. */
  async tellLeftOut(): Promise<void> {
    for (const hours of this.#hours.values()) await this.#endHours(hours);
  }

  async #endHours(hours: Hours): Promise<void> {
    const { monotonicNow, record } = this.#options;
    for (const [by, { sinceMs, leftOut, last }] of hours) {
      const now = monotonicNow();
      if (now - sinceMs < HOUR_MS) return;
      hours.delete(by);
      if (last === undefined) continue;
      // Who goes on is told of in an hour again.
      hours.set(by, { sinceMs: now, told: new Set([wordsOf(last)]), leftOut: 0 });
      await record(summary(last, leftOut));
    }
  }

  #hourOf(kind: FleetEvent["kind"], by: string): Hour {
    const hours = this.#hours.get(kind) ?? new Map<string, Hour>();
    this.#hours.set(kind, hours);
    const whose = hours.has(by) || hours.size < mostAtOnce(kind) ? by : OTHERS;
    const hour = hours.get(whose) ?? {
      ...{ sinceMs: this.#options.monotonicNow(), told: new Set<string>(), leftOut: 0 },
    };
    hours.set(whose, hour);
    return hour;
  }
}

/** Anybody may try to join, from as many addresses as he has; to be refused otherwise takes a certificate of ours. */
function mostAtOnce(kind: FleetEvent["kind"]): number {
  return kind === "JoinRefused" ? 25 : 1_000;
}

function wordsOf({ by, about, message }: FleetEvent): string {
  return JSON.stringify([by, about, message]);
}

function summary({ kind, message, ...last }: FleetEvent, leftOut: number): FleetEvent {
  return event(kind, { ...last, message: `${String(leftOut)} more in an hour, last: ${message}` });
}
