import type { Logger } from "pino";
import { type FleetEvent, hostDeleted } from "./core/fleet-event.ts";
import { RevocationPending } from "./fleet.ts";
import type { Revocation } from "./nats/operator.ts";
import { revocationsOf } from "./store/hosts.ts";
import type { Store } from "./store/open-store.ts";

export interface HostDeletionOptions {
  readonly stores: Pick<Store, "hosts" | "desired">;
  /** Ends its stream here, and forgets what it said. */
  readonly forget: (host: string) => void;
  /** Puts these in force on the bus. Where it fails it goes on by itself. */
  readonly revoke: (more: readonly Revocation[]) => Promise<void>;
  /** Never throws: what it tells of is done. */
  readonly record: (event: FleetEvent) => Promise<void>;
  readonly log: Logger;
}

/** The end of a host: first what keeps it out, then what tells of it, last what it leaves behind. */
export class HostDeletion {
  readonly #options: HostDeletionOptions;

  constructor(options: HostDeletionOptions) {
    this.#options = options;
  }

  /** Returns the sequence number of the deletion; undefined when somebody else was faster. @throws RevocationPending */
  async delete(host: string, by: string): Promise<number | undefined> {
    const { stores, record, log } = this.#options;
    const found = await stores.hosts.find(host);
    if (found === undefined) {
      await this.finish(host);
      return undefined;
    }
    const deletedAtMs = Date.now();
    const deleted = await stores.hosts.delete(found, deletedAtMs);
    if (deleted.kind === "conflict")
      throw new Error(`host ${host} was changed at the same time; try again`);
    // From here on its certificate is refused.
    try {
      await this.#cutOff(host, revocationsOf({ kind: "deleted", record: found, deletedAtMs }));
    } finally {
      await record(hostDeleted(by, found.body));
      await this.#clear(host);
    }
    log.info({ host }, "host deleted");
    return deleted.record.sequence;
  }

  /** All of it but the event once more, for one that is deleted already. False for any other. @throws RevocationPending */
  async finish(host: string): Promise<boolean> {
    const read = await this.#options.stores.hosts.read(host);
    if (read.kind !== "deleted") return false;
    await this.#cutOff(host, revocationsOf(read));
    await this.#clear(host);
    return true;
  }

  async #cutOff(host: string, revocations: readonly Revocation[]): Promise<void> {
    const { forget, revoke, log } = this.#options;
    forget(host);
    try {
      await revoke(revocations);
    } catch (error) {
      log.error({ err: error, host }, "deleted, and not cut off from NATS yet; trying again");
      throw new RevocationPending(host);
    }
  }

  async #clear(host: string): Promise<void> {
    const { desired, hosts } = this.#options.stores;
    // It may have joined again meanwhile.
    if ((await hosts.find(host)) !== undefined) return;
    await desired.purge(host);
    await hosts.removeStatus(host);
  }
}
