import type { HostReport__Output } from "@seawall/proto";
import { Workqueue } from "./runtime/workqueue.ts";
import type { HostStore } from "./store/hosts.ts";

export interface LastStatusesOptions {
  readonly hosts: Pick<HostStore, "putStatus" | "readStatus">;
  /** The newest report of a host that is in the fleet. */
  readonly report: (host: string) => HostReport__Output | undefined;
  /** Milliseconds. */
  readonly monotonicNow: () => number;
  readonly random: () => number;
  readonly onError: (host: string, error: unknown) => void;
}

/** A host that changes its mind all the time costs no more writes than this. */
const WRITE_EVERY_MS = 1_000;

/**
 * The last status of each host in the store: who was there before this controller
 * started. Only what differs is written, and never what was overtaken meanwhile.
 */
export class LastStatuses {
  readonly #options: LastStatusesOptions;
  readonly #queue: Workqueue;
  readonly #writtenAt = new Map<string, number>();
  readonly #everReported = new Map<string, boolean>();

  constructor(options: LastStatusesOptions) {
    this.#options = options;
    this.#queue = new Workqueue({
      reconcile: (host) => this.#write(host),
      concurrency: 8,
      random: options.random,
      onError: options.onError,
    });
  }

  /** Puts it into the store in a while. */
  reported(host: string): void {
    this.#everReported.set(host, true);
    this.#queue.add(host);
  }

  /** Whether any controller ever had a report from it. */
  async hasEverReported(host: string): Promise<boolean> {
    let known = this.#everReported.get(host);
    if (known === undefined) {
      known = (await this.#options.hosts.readStatus(host)) !== undefined;
      this.#everReported.set(host, known);
    }
    return known;
  }

  /** The host is not in the fleet any more. */
  forget(host: string): void {
    this.#everReported.delete(host);
    this.#writtenAt.delete(host);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #write(host: string) {
    const { hosts, report, monotonicNow } = this.#options;
    const last = this.#writtenAt.get(host);
    const waitMs = last === undefined ? 0 : last + WRITE_EVERY_MS - monotonicNow();
    if (waitMs > 0) return { kind: "requeueAfter", ms: waitMs } as const;
    const newest = report(host);
    if (newest === undefined) return { kind: "done" } as const;
    const { state, observedGeneration } = newest;
    const status = Buffer.from(JSON.stringify({ state, observedGeneration }));
    if (await hosts.putStatus(host, status)) this.#writtenAt.set(host, monotonicNow());
    return { kind: "done" } as const;
  }
}
