import { setTimeout as delay } from "node:timers/promises";
import { headers, type JetStreamClient, type JetStreamManager, type StoredMsg } from "nats";
import type { NatsConnection } from "../nats/connect.ts";
import { inParallel } from "./in-parallel.ts";
import { isConflict, isNotFound, isPassing, storeError } from "./store-error.ts";

/** The newest value of a key. */
export interface Entry {
  readonly key: string;
  readonly value: Buffer;
  /** The stream's sequence number: what the next write has to name. */
  readonly sequence: number;
  /** A delete marker: the key was removed, and its sequence lives on. */
  readonly removed: boolean;
  /** When it was written, by the server's clock. */
  readonly writtenMs: number;
}

export type Written =
  | { readonly kind: "written"; readonly sequence: number }
  /** Somebody else has written the key since. */
  | { readonly kind: "conflict" };

export interface BucketState {
  /** When the stream was made: another value means another stream. */
  readonly created: string;
  readonly lastSequence: number;
  /** Now, by the server's clock. */
  readonly serverNowMs: number;
}

/** As the KV convention writes it, so that the `nats` command line can read our buckets. */
const OPERATION = "KV-Operation";
const KEY = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const REQUEST_MS = 2_000;
const PATIENCE_MS = 10_000;

/**
 * One key-value bucket. Reads go to the stream's leader, so they never lag behind
 * an acknowledged write. While the server is away, calls wait a few seconds for it;
 * then they throw a StoreError.
 */
export class Bucket {
  readonly name: string;
  readonly stream: string;
  readonly #nats: NatsConnection;
  readonly #jetstream: JetStreamClient;
  #manager: JetStreamManager | undefined;

  constructor(nats: NatsConnection, name: string) {
    this.#nats = nats;
    this.name = name;
    this.stream = `KV_${name}`;
    this.#jetstream = nats.jetstream({ timeout: REQUEST_MS });
  }

  get connection(): NatsConnection {
    return this.#nats;
  }

  async read(key: string): Promise<Entry | undefined> {
    return this.#patiently(`reading ${this.name}/${key}`, async () => {
      const query = { last_by_subj: this.#subject(key) };
      try {
        const manager = await this.#jetstreamManager();
        return entryOf(key, await manager.streams.getMessage(this.stream, query));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  /** The newest values of these keys, removed ones included; what is not there is left out. */
  async readAll(keys: readonly string[]): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    await inParallel(keys, async (key) => {
      const entry = await this.read(key);
      if (entry !== undefined) entries.push(entry);
    });
    return entries;
  }

  /** All keys that were ever written and not erased, removed ones included. `*` and `>` match as in subjects. */
  async keys(pattern = ">"): Promise<readonly string[]> {
    const prefix = this.#subject("").length;
    return this.#patiently(`listing ${this.name}`, async () => {
      const filter = { subjects_filter: `$KV.${this.name}.${pattern}` };
      const manager = await this.#jetstreamManager();
      const { state } = await manager.streams.info(this.stream, filter);
      return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix));
    });
  }

  /**
   * Writes the key if its newest sequence is still `expected` (0: never written).
   * An answer that got lost is looked up, so the outcome is known, or an error.
   */
  async write(key: string, value: Uint8Array, expected: number): Promise<Written> {
    return this.#publish(key, value, expected, false);
  }

  /** Leaves a delete marker; the value is gone, the key's sequence goes on. */
  async remove(key: string, expected: number): Promise<Written> {
    return this.#publish(key, Buffer.alloc(0), expected, true);
  }

  /** Writes whatever is there: only for values that are the same whoever writes them. */
  async put(key: string, value: Uint8Array): Promise<number> {
    return this.#patiently(`writing ${this.name}/${key}`, async () => {
      const ack = await this.#jetstream.publish(this.#subject(key), value);
      return ack.seq;
    });
  }

  /** Erases exactly this message, without a marker. Nothing happens if it has been replaced. */
  async erase(sequence: number): Promise<void> {
    await this.#patiently(`erasing from ${this.name}`, async () => {
      try {
        const manager = await this.#jetstreamManager();
        await manager.streams.deleteMessage(this.stream, sequence, false);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    });
  }

  /** Erases the key and its past, without a marker. */
  async purge(key: string): Promise<void> {
    await this.#patiently(`purging ${this.name}/${key}`, async () => {
      const manager = await this.#jetstreamManager();
      await manager.streams.purge(this.stream, { filter: this.#subject(key) });
    });
  }

  /** Erases every key that matches, without markers. */
  async clear(pattern = ">"): Promise<void> {
    await this.#patiently(`clearing ${this.name}`, async () => {
      const manager = await this.#jetstreamManager();
      await manager.streams.purge(this.stream, { filter: `$KV.${this.name}.${pattern}` });
    });
  }

  async state(): Promise<BucketState> {
    return this.#patiently(`looking at ${this.name}`, async () => {
      const manager = await this.#jetstreamManager();
      const info = await manager.streams.info(this.stream);
      return {
        created: info.created,
        lastSequence: info.state.last_seq,
        serverNowMs: info.ts === undefined ? Date.now() : Date.parse(info.ts),
      };
    });
  }

  async #publish(
    key: string,
    value: Uint8Array,
    expected: number,
    removed: boolean,
  ): Promise<Written> {
    let attempts = 0;
    return this.#patiently(`writing ${this.name}/${key}`, async () => {
      const fields = headers();
      fields.set("Nats-Expected-Last-Subject-Sequence", String(expected));
      if (removed) fields.set(OPERATION, "DEL");
      attempts += 1;
      try {
        const ack = await this.#jetstream.publish(this.#subject(key), value, { headers: fields });
        return { kind: "written", sequence: ack.seq };
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
      if (attempts === 1) return { kind: "conflict" };
      // An earlier attempt whose answer got lost may be what we are in conflict with.
      const now = await this.read(key);
      const isOurs = now?.removed === removed && now.value.equals(value);
      return isOurs ? { kind: "written", sequence: now.sequence } : { kind: "conflict" };
    });
  }

  /** Without the check that asks for the account's limits each time. */
  async #jetstreamManager(): Promise<JetStreamManager> {
    this.#manager ??= await this.#nats.jetstreamManager({ timeout: REQUEST_MS, checkAPI: false });
    return this.#manager;
  }

  async #patiently<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isPassing(error) || performance.now() > deadline) throw storeError(error, what);
      }
      await delay(50 + Math.random() * 100);
    }
  }

  #subject(key: string): string {
    if (key !== "" && !KEY.test(key)) throw new Error(`not a key: ${JSON.stringify(key)}`);
    return `$KV.${this.name}.${key}`;
  }
}

function entryOf(key: string, message: StoredMsg): Entry {
  const operation = message.header.get(OPERATION);
  return {
    key,
    value: Buffer.from(message.data),
    sequence: message.seq,
    removed: operation === "DEL" || operation === "PURGE",
    writtenMs: message.time.getTime(),
  };
}
