import type { Failure } from "./core/failure.ts";
import {
  beginWatch,
  type FlowWatch,
  heardPackets,
  readAgain,
  reportRest,
  reportSecond,
} from "./core/flow-watch.ts";
import { flowsNotTold, type Status } from "./core/status.ts";
import { untilAborted } from "./edge/until-aborted.ts";
import type { Clock, FlowLog, TellFlows, WatchFlows } from "./ports.ts";

export interface FlowSources {
  readonly flowLog: FlowLog;
  /** Reads the kernel now. */
  readonly observe: (signal: AbortSignal) => Promise<Status>;
  readonly clock: Clock;
}

const SECONDS_PER_READING = 5;
/** The kernel keeps entries back for up to a second. */
const DRAIN_MS = 1_200;
const LAST_READING_MS = 2_000;

type Signals = Parameters<WatchFlows>[2];

export function createWatchFlows(sources: FlowSources): WatchFlows {
  return async (filter, tell, signals) => {
    const asked = AbortSignal.any([signals.cancelled, signals.deadline]);
    const status = await untilAborted(asked, sources.observe(asked));
    if (status === undefined) return undefined;
    const obstacle = status.conditions.find(({ type }) => type === flowsNotTold);
    if (obstacle !== undefined) return { ...obstacle, class: "wait" };
    return await new Telling(beginWatch(filter, status), sources, tell, signals).run();
  };
}

/** One who asks, from the first entry that is heard to the last. */
class Telling {
  readonly #sources: FlowSources;
  readonly #tell: TellFlows;
  readonly #signals: Signals;
  readonly #over = new AbortController();
  readonly #broken = new AbortController();
  /** Nothing is to be heard any more. */
  readonly #ending: AbortSignal;
  #watch: FlowWatch;
  #failure: Failure | undefined;

  constructor(watch: FlowWatch, sources: FlowSources, tell: TellFlows, signals: Signals) {
    this.#watch = watch;
    this.#sources = sources;
    this.#tell = tell;
    this.#signals = signals;
    this.#ending = AbortSignal.any([signals.cancelled, signals.deadline, this.#broken.signal]);
  }

  async run(): Promise<Failure | undefined> {
    const { clock } = this.#sources;
    try {
      await untilAborted(this.#ending, this.#hear());
      const begun = await this.#read(this.#ending);
      if (begun !== undefined) this.#watch = { ...this.#watch, reading: begun };
      for (let seconds = 1; !this.#ending.aborted; seconds++) {
        await this.#reportSecond();
        if (seconds % SECONDS_PER_READING === 0) void this.#readAgain(this.#ending);
        await clock.sleep(1_000, this.#ending);
      }
      if (this.#failure === undefined && !this.#signals.cancelled.aborted) await this.#end();
      return this.#failure;
    } finally {
      this.#over.abort();
    }
  }

  /** Resolves when the first packet can be heard. */
  #hear(): Promise<void> {
    return new Promise((hearing) => {
      const listener = {
        hearing,
        packets: (packets: Parameters<typeof heardPackets>[1]) => {
          this.#watch = heardPackets(this.#watch, packets);
        },
      };
      void this.#sources.flowLog.listen(listener, this.#over.signal).then((failure) => {
        this.#failure = failure;
        this.#broken.abort();
      });
    });
  }

  async #reportSecond(): Promise<void> {
    const { watch, report } = reportSecond(this.#watch);
    this.#watch = watch;
    if (report !== undefined) await untilAborted(this.#ending, this.#tell(report));
  }

  async #end(): Promise<void> {
    const { cancelled } = this.#signals;
    await this.#readAgain(AbortSignal.any([cancelled, AbortSignal.timeout(LAST_READING_MS)]));
    await this.#sources.clock.sleep(DRAIN_MS, cancelled);
    for (const report of reportRest(this.#watch)) {
      await untilAborted(cancelled, this.#tell(report));
    }
  }

  #read(signal: AbortSignal): Promise<Status | undefined> {
    return untilAborted(signal, this.#sources.observe(signal));
  }

  async #readAgain(signal: AbortSignal): Promise<void> {
    const status = await this.#read(signal);
    if (status !== undefined) this.#watch = readAgain(this.#watch, status);
  }
}
