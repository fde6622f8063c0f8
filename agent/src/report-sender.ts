import type { HostReport } from "@seawall/proto";
import { hostReport, inventoryOf } from "./core/host-report.ts";
import { elapsedMs, type Moment } from "./core/moment.ts";
import type { Status } from "./core/status.ts";
import type { Clock } from "./ports.ts";

/** The newest status, and when it was said. */
export interface Said {
  readonly status: Status;
  readonly at: Moment;
}

export interface ReportSenderOptions {
  /** Undefined: nothing was said yet. */
  readonly newest: () => Said | undefined;
  /** Calls when the report is on its way: what comes meanwhile waits. */
  readonly write: (report: HostReport, written: () => void) => void;
  readonly clock: Pick<Clock, "sleep" | "random" | "moment">;
  /** Aborts with the stream. */
  readonly ended: AbortSignal;
}

/** The agent reads the kernel every few seconds. */
const REPEAT_MS = 30_000;

/** Reports whether a status that was read this long ago may be said again. A loop that hangs must not look fine. */
export function mayRepeat(state: Status["state"], ageMs: number): boolean {
  return state !== "InSync" || ageMs < REPEAT_MS;
}

/** What goes up one stream, and when: each change, and the newest status again and again. */
export class ReportSender {
  readonly #options: ReportSenderOptions;
  #isBegun = false;
  #sent = "";
  #sentInventory = "";
  #isDue = false;
  #isSending = false;

  constructor(options: ReportSenderOptions) {
    this.#options = options;
  }

  /** The controller has welcomed the stream. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  begin(heartbeatSeconds: number): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#reportSoon();
    void this.#beat(Math.max(1, heartbeatSeconds) * 1_000);
  }

  /** A change goes out as soon as the report before it is on its way; what was in between is never sent. Counters can wait for the next beat. */
  reportChange(): void {
    const newest = this.#options.newest();
    if (newest !== undefined && withoutCounts(newest.status) !== this.#sent) this.#reportSoon();
  }

  /** For what is written next: the inventory goes along only where this stream has not just had the same. */
  reportOf(status: Status): HostReport {
    const inventory = inventoryOf(status.view);
    const text = JSON.stringify(inventory);
    if (text === this.#sentInventory) return hostReport(status);
    this.#sentInventory = text;
    return { ...hostReport(status), inventory };
  }

  /** Says the newest status again, always a little earlier than asked for. */
  async #beat(everyMs: number): Promise<void> {
    const { newest, clock, ended } = this.#options;
    for (;;) {
      await clock.sleep(everyMs * (0.7 + 0.25 * clock.random()), ended);
      if (ended.aborted) return;
      const said = newest();
      if (said === undefined) continue;
      const ageMs = elapsedMs(said.at, clock.moment()) ?? 0;
      if (mayRepeat(said.status.state, ageMs)) this.#reportSoon();
    }
  }

  #reportSoon(): void {
    this.#isDue = true;
    this.#pump();
  }

  #pump(): void {
    const { newest, write } = this.#options;
    const said = newest();
    if (!this.#isBegun || !this.#isDue || this.#isSending || said === undefined) return;
    this.#isDue = false;
    this.#isSending = true;
    this.#sent = withoutCounts(said.status);
    write(this.reportOf(said.status), () => {
      this.#isSending = false;
      this.#pump();
    });
  }
}

function withoutCounts(status: Status): string {
  return JSON.stringify({ ...status, counters: [], observedAtMs: 0 });
}
