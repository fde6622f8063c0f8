import type { HostReport__Output } from "@seawall/proto";
import { z } from "zod";
import type { FleetEvent } from "./core/fleet-event.ts";
import { factsOf, type HostFacts, hostEvents, hostFacts, noFacts } from "./core/host-events.ts";
import { Workqueue } from "./runtime/workqueue.ts";
import type { HostStore } from "./store/hosts.ts";

export interface LastStatusesOptions {
  readonly hosts: Pick<HostStore, "putStatus" | "readStatus">;
  /** The newest report of a host that is in the fleet. */
  readonly report: (host: string) => HostReport__Output | undefined;
  /** Tells of what a host says that it did not say before. What fails is told again. */
  readonly tell: (event: FleetEvent) => Promise<void>;
  /** Milliseconds. */
  readonly monotonicNow: () => number;
  readonly random: () => number;
  readonly onError: (host: string, error: unknown) => void;
}

const statusSchema = z.object({ facts: hostFacts });

/** A host that changes its mind all the time costs no more writes than this. */
const WRITE_EVERY_MS = 1_000;

/**
 * The last status of each host in the store: who was there before this controller
 * started. Only what differs is written, and never what was overtaken meanwhile. First
 * it is told as events what differs: once each, twice where a controller died in between.
 */
export class LastStatuses {
  readonly #options: LastStatusesOptions;
  readonly #queue: Workqueue;
  readonly #writtenAt = new Map<string, number>();
  readonly #everReported = new Map<string, boolean>();
  /** What events were told of. */
  readonly #told = new Map<string, HostFacts>();

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
    this.#told.delete(host);
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
    const told = this.#told.get(host) ?? (await this.#toldBefore(host));
    for (const event of hostEvents(host, told, newest)) await this.#options.tell(event);
    const facts = factsOf(newest);
    this.#told.set(host, facts);
    const { state, observedGeneration } = newest;
    const status = Buffer.from(JSON.stringify({ state, observedGeneration, facts }));
    if (await hosts.putStatus(host, status)) this.#writtenAt.set(host, monotonicNow());
    return { kind: "done" } as const;
  }

  /** By whichever controller, before this one started. */
  async #toldBefore(host: string): Promise<HostFacts> {
    const status = await this.#options.hosts.readStatus(host);
    return status === undefined ? noFacts : factsIn(status);
  }
}

/** Statuses are not sealed: what is none, or of another version, says nothing. */
function factsIn(status: Buffer): HostFacts {
  let json: unknown;
  try {
    json = JSON.parse(status.toString("utf8"));
  } catch {
    return noFacts;
  }
  return statusSchema.safeParse(json).data?.facts ?? noFacts;
}
