import { createHash } from "node:crypto";
import type { Bucket } from "./bucket.ts";
import { inParallel } from "./in-parallel.ts";

export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export type BlobRead =
  | { readonly kind: "found"; readonly bytes: Buffer }
  | { readonly kind: "lost"; readonly digest: string; readonly message: string };

/** Immutable values by the sha256 of their bytes: whatever comes back either is what went in, or is noticed. */
export class Blobs {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Writes them even where they are already: a fresh one is left alone by a sweep that is under way. */
  async put(blobs: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await inParallel(blobs, ([digest, bytes]) => this.#bucket.put(digest, bytes));
  }

  async read(digest: string): Promise<BlobRead> {
    const bytes = await this.stored(digest);
    if (bytes === undefined) {
      return { kind: "lost", digest, message: `blob ${digest} is not in the store` };
    }
    if (digestOf(bytes) !== digest) {
      return { kind: "lost", digest, message: `blob ${digest} was changed in the store` };
    }
    return { kind: "found", bytes };
  }

  /** As it is stored, whatever it is; undefined when there is none. */
  async stored(digest: string): Promise<Buffer | undefined> {
    const entry = await this.#bucket.read(digest);
    return entry === undefined || entry.removed ? undefined : entry.value;
  }

  async readAll(digests: ReadonlySet<string>): Promise<ReadonlyMap<string, BlobRead>> {
    const reads = new Map<string, BlobRead>();
    await inParallel(digests, async (digest) => reads.set(digest, await this.read(digest)));
    return reads;
  }

  /** Erases what is not needed and older than `olderThanMs`. Returns how many. */
  async sweep(needed: ReadonlySet<string>, olderThanMs: number): Promise<number> {
    const { serverNowMs } = await this.#bucket.state();
    const stray = (await this.#bucket.keys()).filter((digest) => !needed.has(digest));
    const old = (await this.#bucket.readAll(stray)).filter(
      ({ writtenMs }) => writtenMs < serverNowMs - olderThanMs,
    );
    // By sequence: one that was written again meanwhile has another, and stays.
    await inParallel(old, ({ sequence }) => this.#bucket.erase(sequence));
    return old.length;
  }
}
