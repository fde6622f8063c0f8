import { setTimeout as delay } from "node:timers/promises";
import { buckets, changedSubject } from "@seawall/proto";
import { Events, type Msg, type Subscription } from "nats";
import type { Bucket } from "./bucket.ts";
import { inParallel } from "./in-parallel.ts";

/** Where an informer gets its values from; `SealedBucket` and `DesiredStore` have adapters in informer-sources.ts. */
export interface InformerSource<T> {
  readonly bucket: Bucket;
  /** Only keys of the bucket that begin so; keys are given without it. */
  readonly prefix: string;
  list(): Promise<ReadonlyMap<string, T>>;
  /** Undefined: there is none. */
  read(key: string): Promise<T | undefined>;
  isSame(one: T, other: T): boolean;
}

export interface InformerOptions<T> {
  readonly source: InformerSource<T>;
  /** A read failed; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** How often the bucket is asked whether anything was missed. */
  readonly pollMs?: number;
  readonly relistMs?: number;
}

const POLL_MS = 2_000;
const RELIST_MS = 10 * 60_000;
const RETRY_MS = 500;

/** Told which keys changed, never how: read them with get. */
export type KeysListener = (keys: ReadonlySet<string>) => void;

/**
 * A copy of a bucket's keys in memory that follows the bucket. Hints name keys that
 * were written, and those are read; a lost hint is noticed by asking the bucket for
 * its newest sequence number; and everything is listed anew after a reconnect, when
 * the bucket was replaced or went back, and now and then anyway. No consumer is
 * used: one would need 10 s to notice that its server was killed, and would never
 * notice that its stream was replaced.
 */
export class Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #values = new Map<string, T>();
  readonly #listeners = new Set<KeysListener>();
  /** Of those who wait in until. */
  readonly #looks = new Set<() => void>();
  readonly #stopping = new AbortController();
  readonly #pending = new Set<string>();
  #mustList = true;
  #hasSynced = false;
  #changes = 0;
  #wake: () => void = () => undefined;
  #created = "";
  #seen = 0;
  #lastPoll = 0;
  #listedAtMs = 0;
  #subscription: Subscription | undefined;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  start(): void {
    const { bucket } = this.#options.source;
    const pattern = bucket.name === buckets.desired ? "*" : ">";
    // Before the first list, so that nothing falls between.
    this.#subscription = bucket.connection.subscribe(changedSubject(bucket.name, pattern), {
      callback: (error, message) => {
        if (error === null) this.#hint(message);
        else this.#relist();
      },
    });
    void this.#work();
    void this.#poll();
    void this.#followConnection();
  }

  stop(): void {
    this.#stopping.abort();
    this.#subscription?.unsubscribe();
    this.#wake();
  }

  /** Whether everything was listed once. Until then nothing may be concluded from what is not there. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Another number whenever what get and entries tell is different. */
  get changes(): number {
    return this.#changes;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  entries(): ReadonlyMap<string, T> {
    return this.#values;
  }

  /**
   * Looks at the key now, hint or not, and resolves when `isThere` holds of its value.
   * @throws Error after `withinMs`: the store has it, but this copy does not follow.
   */
  async until(
    key: string,
    isThere: (value: T | undefined) => boolean,
    withinMs: number,
  ): Promise<void> {
    const { name } = this.#options.source.bucket;
    this.#pending.add(key);
    this.#wake();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#looks.delete(look);
        reject(new Error(`${name}/${key} was written, but not read back in ${withinMs} ms`));
      }, withinMs);
      const look = () => {
        if (!isThere(this.#values.get(key))) return;
        this.#looks.delete(look);
        clearTimeout(timer);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Returns how to stop being told. */
  onChange(listener: KeysListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (!this.#mustList && this.#pending.size === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        if (this.#mustList) await this.#listAll();
        else await this.#readPending();
      } catch (error) {
        this.#options.onError(error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #listAll(): Promise<void> {
    const { source } = this.#options;
    // What is hinted from here on is read once more after the list.
    this.#pending.clear();
    const state = await source.bucket.state();
    const listed = await source.list();
    this.#mustList = false;
    this.#listedAtMs = performance.now();
    const isSameStream = this.#created === state.created;
    this.#created = state.created;
    this.#seen = Math.max(state.lastSequence, isSameStream ? this.#seen : 0);
    const changed = new Set<string>();
    for (const key of new Set([...this.#values.keys(), ...listed.keys()])) {
      if (this.#set(key, listed.get(key))) changed.add(key);
    }
    this.#hasSynced = true;
    this.#notify(changed);
  }

  async #readPending(): Promise<void> {
    const keys = [...this.#pending];
    this.#pending.clear();
    const changed = new Set<string>();
    try {
      await inParallel(keys, async (key) => {
        if (this.#set(key, await this.#options.source.read(key))) changed.add(key);
      });
    } catch (error) {
      for (const key of keys) this.#pending.add(key);
      throw error;
    } finally {
      this.#notify(changed);
    }
  }

  #hint(message: Msg): void {
    const { bucket, prefix } = this.#options.source;
    const subject = message.headers?.get("Nats-Subject") ?? "";
    const key = subject.slice(`$KV.${bucket.name}.`.length);
    this.#seen = Math.max(this.#seen, Number(message.headers?.get("Nats-Sequence") ?? 0));
    if (!key.startsWith(prefix) || key === "") return;
    this.#pending.add(key.slice(prefix.length));
    this.#wake();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    const { source, onError, pollMs = POLL_MS, relistMs = RELIST_MS } = this.#options;
    for (;;) {
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const { created, lastSequence } = await source.bucket.state();
        const wasReplaced = created !== this.#created || lastSequence < this.#seen;
        // Its hint had a whole interval's time to come.
        const wasMissed = this.#seen < this.#lastPoll;
        this.#lastPoll = lastSequence;
        const isDue = performance.now() - this.#listedAtMs > relistMs;
        if (wasReplaced) this.#seen = 0;
        if (wasReplaced || wasMissed || isDue) this.#relist();
      } catch (error) {
        onError(error);
      }
    }
  }

  async #followConnection(): Promise<void> {
    for await (const status of this.#options.source.bucket.connection.status()) {
      if (this.#stopping.signal.aborted) return;
      if (status.type === Events.Reconnect) this.#relist();
    }
  }

  #relist(): void {
    this.#mustList = true;
    this.#wake();
  }

  #set(key: string, value: T | undefined): boolean {
    const before = this.#values.get(key);
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    const isSame =
      before === undefined || value === undefined
        ? before === value
        : this.#options.source.isSame(before, value);
    if (!isSame) this.#changes += 1;
    return !isSame;
  }

  #notify(keys: ReadonlySet<string>): void {
    for (const look of this.#looks) look();
    if (keys.size === 0) return;
    for (const listener of this.#listeners) listener(keys);
  }
}
