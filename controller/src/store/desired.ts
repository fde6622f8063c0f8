import { isHostName } from "@seawall/proto";
import type { Bucket, Written } from "./bucket.ts";

/** A host's bundle as it lies in the store: signed bytes, not looked into here. */
export interface StoredBundle {
  readonly bytes: Buffer;
  /** What the next write has to name. */
  readonly sequence: number;
}

/** What each host is to enforce. Every write rings the host's bell, which the server does by itself. */
export class DesiredStore {
  readonly bucket: Bucket;

  constructor(bucket: Bucket) {
    this.bucket = bucket;
  }

  async read(host: string): Promise<StoredBundle | undefined> {
    const entry = await this.bucket.read(host);
    return entry === undefined || entry.removed
      ? undefined
      : { bytes: entry.value, sequence: entry.sequence };
  }

  /** Writes the bundle if `expectedSequence` is still the newest (0: none yet). */
  async put(host: string, bytes: Uint8Array, expectedSequence: number): Promise<Written> {
    // A dot would make it a key whose bell nobody hears.
    if (!isHostName(host)) throw new Error(`not a host name: ${JSON.stringify(host)}`);
    return this.bucket.write(host, bytes, expectedSequence);
  }

  async hosts(): Promise<readonly string[]> {
    return this.bucket.keys();
  }

  /** Leaves nothing, so that a host that still asks is told "not found", never an empty bundle. */
  async purge(host: string): Promise<void> {
    await this.bucket.purge(host);
  }
}
