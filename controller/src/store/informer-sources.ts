import type { DesiredStore, StoredBundle } from "./desired.ts";
import { inParallel } from "./in-parallel.ts";
import type { InformerSource } from "./informer.ts";
import type { SealedBucket, SealedRead } from "./sealed-bucket.ts";

/** What an informer holds of a sealed bucket: tampered records too, so that they can be reported. */
export type CachedRecord<T> = Exclude<SealedRead<T>, { kind: "absent" }>;

export function sealedSource<T>(records: SealedBucket<T>): InformerSource<CachedRecord<T>> {
  return {
    bucket: records.bucket,
    prefix: records.prefix,
    read: async (key) => present(await records.read(key)),
    list: async () => {
      const cached = new Map<string, CachedRecord<T>>();
      for (const [key, read] of await records.list()) {
        const value = present(read);
        if (value !== undefined) cached.set(key, value);
      }
      return cached;
    },
    isSame: (one, other) => stateOf(one) === stateOf(other),
  };
}

export function desiredSource(desired: DesiredStore): InformerSource<StoredBundle> {
  return {
    bucket: desired.bucket,
    prefix: "",
    read: (host) => desired.read(host),
    list: async () => {
      const bundles = new Map<string, StoredBundle>();
      await inParallel(await desired.hosts(), async (host) => {
        const bundle = await desired.read(host);
        if (bundle !== undefined) bundles.set(host, bundle);
      });
      return bundles;
    },
    isSame: (one, other) => one.sequence === other.sequence && one.bytes.equals(other.bytes),
  };
}

function present<T>(read: SealedRead<T>): CachedRecord<T> | undefined {
  return read.kind === "absent" ? undefined : read;
}

function stateOf<T>(read: CachedRecord<T>): string {
  return read.kind === "tampered"
    ? read.message
    : `${read.kind} ${read.record.version} ${read.record.sequence}`;
}
