import type { EnvelopeType } from "@seawall/proto";
import type { z } from "zod";
import type { Bucket, Entry } from "./bucket.ts";
import type { HighWater, Mark } from "./high-water.ts";
import { inParallel } from "./in-parallel.ts";
import {
  type RecordPlace,
  type SealedContent,
  type Sealer,
  sealRecord,
  type Tampered,
  tampered,
  unsealRecord,
} from "./sealed-record.ts";

/** A verified record, and what the next write has to know of it. */
export interface SealedRecord<T> {
  readonly key: string;
  readonly body: T;
  /** Grows by one with each write of the key, over deletions too. */
  readonly version: number;
  readonly sequence: number;
  /** sha256 of the signed bytes. */
  readonly digest: string;
}

export type SealedRead<T> =
  | { readonly kind: "found"; readonly record: SealedRecord<T> }
  | {
      readonly kind: "deleted";
      /** As it was. */
      readonly record: SealedRecord<T>;
      readonly deletedAtMs: number;
    }
  | { readonly kind: "absent"; readonly sequence: number }
  | Tampered;

export type SealedWrite<T> =
  | { readonly kind: "written"; readonly record: SealedRecord<T> }
  /** Somebody else has written it since it was read, or, at a create, it exists. */
  | { readonly kind: "conflict" };

export interface SealedBucketOptions<T> {
  readonly bucket: Bucket;
  /** In front of every key in the bucket: `spec.`. May be empty. */
  readonly prefix: string;
  readonly type: EnvelopeType;
  readonly schema: z.ZodType<T>;
  readonly sealer: Sealer;
  readonly highWater: HighWater;
}

/** For callers to whom a tampered record is the end of what they are doing. */
export class TamperedError extends Error {
  override name = "TamperedError";
  readonly tampered: Tampered;

  constructor(what: Tampered) {
    super(what.message);
    this.tampered = what;
  }
}

/**
 * Records that carry authority. Each is signed together with its place and version
 * and verified at every read: who can write to the store can destroy one, but can
 * neither make, change, move nor bring back one without it being noticed.
 * Keys are given without the prefix.
 */
export class SealedBucket<T> {
  readonly #options: SealedBucketOptions<T>;

  constructor(options: SealedBucketOptions<T>) {
    this.#options = options;
  }

  get bucket(): Bucket {
    return this.#options.bucket;
  }

  get prefix(): string {
    return this.#options.prefix;
  }

  async read(key: string): Promise<SealedRead<T>> {
    return (await this.readSealed(key)).read;
  }

  /** The bytes as they are stored, whatever they are, and what becomes of them here. */
  async readSealed(
    key: string,
  ): Promise<{ readonly bytes: Buffer | undefined; readonly read: SealedRead<T> }> {
    // Before the request: a write that is acknowledged meanwhile may or may not be seen.
    const floor = this.#options.highWater.mark(this.#mark(key));
    const entry = await this.bucket.read(this.prefix + key);
    const bytes = entry === undefined || entry.removed ? undefined : entry.value;
    return { bytes, read: this.#verify(key, entry, floor) };
  }

  /** The record, or undefined where there is none. @throws TamperedError */
  async find(key: string): Promise<SealedRecord<T> | undefined> {
    const read = await this.read(key);
    if (read.kind === "tampered") throw new TamperedError(read);
    return read.kind === "found" ? read.record : undefined;
  }

  /** Every key that is, or by what was seen before should be, there. */
  async keys(): Promise<ReadonlySet<string>> {
    const stored = await this.bucket.keys(`${this.prefix}>`);
    const known = this.#options.highWater.places(this.#mark(""));
    return new Set([
      ...stored.map((key) => key.slice(this.prefix.length)),
      ...known.map((place) => place.slice(this.#mark("").length)),
    ]);
  }

  async list(): Promise<ReadonlyMap<string, SealedRead<T>>> {
    const keys = await this.keys();
    const reads = new Map<string, SealedRead<T>>();
    await inParallel(keys, async (key) => reads.set(key, await this.read(key)));
    await this.#options.highWater.save();
    return reads;
  }

  /** Writes the record if there is none; one that was deleted makes way. @throws TamperedError */
  async create(key: string, body: T): Promise<SealedWrite<T>> {
    const before = await this.read(key);
    switch (before.kind) {
      case "found":
        return { kind: "conflict" };
      case "tampered":
        throw new TamperedError(before);
      case "absent":
        return this.#write(key, { version: 1, body }, before.sequence);
      case "deleted":
        return this.update(before.record, body);
    }
  }

  /** Replaces exactly the record that was read. */
  async update(read: SealedRecord<T>, body: T): Promise<SealedWrite<T>> {
    return this.#write(read.key, { version: read.version + 1, body }, read.sequence);
  }

  /** Leaves a sealed mark, so that nobody can bring the record back and none can vanish unnoticed. */
  async delete(read: SealedRecord<T>, nowMs: number): Promise<SealedWrite<T>> {
    const { key, version, body, sequence } = read;
    return this.#write(key, { version: version + 1, body, deletedAtMs: nowMs }, sequence);
  }

  /**
   * Removes every trace of a record, for what is numbered and never comes back. To other
   * controllers, who have seen it, it is Missing.
   */
  async erase(read: SealedRecord<T>): Promise<void> {
    this.#options.highWater.forget(this.#mark(read.key));
    await this.#options.highWater.save();
    await this.bucket.erase(read.sequence);
  }

  async #write(key: string, content: SealedContent<T>, sequence: number): Promise<SealedWrite<T>> {
    const { sealer, highWater } = this.#options;
    const { bytes, mark } = sealRecord(sealer, this.#place(key), content);
    const written = await this.bucket.write(this.prefix + key, bytes, sequence);
    if (written.kind === "conflict") return written;
    highWater.raise(this.#mark(key), mark);
    await highWater.save();
    const { version, body } = content;
    const { sequence: at } = written;
    return { kind: "written", record: { key, body, version, sequence: at, digest: mark.digest } };
  }

  #verify(key: string, entry: Entry | undefined, floor: Mark | undefined): SealedRead<T> {
    const { sealer, schema, highWater } = this.#options;
    const place = this.#place(key);
    if (entry === undefined || entry.removed) {
      return floor === undefined
        ? { kind: "absent", sequence: entry?.sequence ?? 0 }
        : tampered(place, "Missing", `version ${floor.version} was here and is gone`);
    }
    const unsealed = unsealRecord(sealer.trusted, place, schema, entry.value);
    if (unsealed.kind === "tampered") return unsealed;
    const { content, epoch, mark } = unsealed;
    if (epoch !== sealer.epoch) {
      return tampered(place, "OtherEpoch", `epoch ${epoch}, the store's is ${sealer.epoch}`);
    }
    if (floor !== undefined && isBehind(mark, floor)) {
      const detail = `version ${mark.version} came back, version ${floor.version} was here`;
      return tampered(place, "RolledBack", detail);
    }
    highWater.raise(this.#mark(key), mark);
    const { body, version, deletedAtMs } = content;
    const record = { key, body, version, sequence: entry.sequence, digest: mark.digest };
    return deletedAtMs === undefined
      ? { kind: "found", record }
      : { kind: "deleted", record, deletedAtMs };
  }

  #place(key: string): RecordPlace {
    const { bucket, prefix, type } = this.#options;
    return { bucket: bucket.name, key: prefix + key, type };
  }

  #mark(key: string): string {
    return `${this.bucket.name}/${this.prefix}${key}`;
  }
}

function isBehind(mark: Mark, floor: Mark): boolean {
  if (mark.version === floor.version) return mark.digest !== floor.digest;
  return mark.version < floor.version;
}
