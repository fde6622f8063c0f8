import { event, type FleetEvent } from "../core/fleet-event.ts";

export interface RefusedHostsOptions {
  readonly record: (event: FleetEvent) => Promise<void>;
  /** Milliseconds. */
  readonly monotonicNow: () => number;
}

const AGAIN_MS = 60 * 60_000;

/** Tells of hosts whose certificate is not good any more: once an hour each, since an agent that nobody stops goes on trying. */
export class RefusedHosts {
  readonly #options: RefusedHostsOptions;
  /** By name; only our own CA makes certificates with one. */
  readonly #toldAt = new Map<string, number>();

  constructor(options: RefusedHostsOptions) {
    this.#options = options;
  }

  refused(host: string, message: string): void {
    const now = this.#options.monotonicNow();
    const last = this.#toldAt.get(host);
    if (last !== undefined && now - last < AGAIN_MS) return;
    this.#toldAt.set(host, now);
    const name = `host/${host}`;
    void this.#options.record(event("HostRefused", { by: name, about: name, host, message }));
  }
}
