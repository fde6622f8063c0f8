import { bellSubject, buckets, changedSubject } from "@seawall/proto";
import { DiscardPolicy, nanos, RetentionPolicy, StorageType, type StreamConfig } from "nats";
import type { NatsConnection } from "../nats/connect.ts";
import { ensureStream } from "./ensure-stream.ts";
import { storeError } from "./store-error.ts";

type BucketName = (typeof buckets)[keyof typeof buckets];

/** Who leads has to renew within this time. */
export const LEADER_TTL_MS = 10_000;

const MiB = 1024 ** 2;

interface Settings {
  readonly history: number;
  /** A limit, not a reservation of disk; all together stay below the server's max_file_store. */
  readonly maxBytes: number;
  readonly ttlMs?: number;
}

const settings: Readonly<Record<BucketName, Settings>> = {
  blobs: { history: 1, maxBytes: 2048 * MiB },
  revisions: { history: 1, maxBytes: 1024 * MiB },
  hosts: { history: 5, maxBytes: 512 * MiB },
  rollouts: { history: 10, maxBytes: 64 * MiB },
  desired: { history: 1, maxBytes: 2048 * MiB },
  sets: { history: 1, maxBytes: 1024 * MiB },
  leader: { history: 1, maxBytes: MiB, ttlMs: LEADER_TTL_MS },
  meta: { history: 5, maxBytes: 64 * MiB },
};

export interface BucketOptions {
  /** Copies of each bucket: 1, or 3 in a cluster. */
  readonly replicas: 1 | 3;
}

/**
 * Makes every bucket, or brings it to these settings, and reads them back.
 * @throws StoreError
 */
export async function ensureBuckets(nats: NatsConnection, options: BucketOptions): Promise<void> {
  const manager = await nats.jetstreamManager({ timeout: 10_000 }).catch((error: unknown) => {
    throw storeError(error, "asking for JetStream");
  });
  for (const name of Object.values(buckets)) {
    try {
      await ensureStream(manager, wantedConfig(name, options));
    } catch (error) {
      throw storeError(error, `preparing bucket ${name}`);
    }
  }
}

function wantedConfig(bucket: BucketName, { replicas }: BucketOptions) {
  const { history, maxBytes, ttlMs = 0 } = settings[bucket];
  return {
    name: `KV_${bucket}`,
    subjects: [`$KV.${bucket}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: history,
    max_bytes: maxBytes,
    max_age: nanos(ttlMs),
    num_replicas: replicas,
    allow_rollup_hdrs: true,
    allow_direct: true,
    deny_delete: false,
    deny_purge: false,
    republish: doorbell(bucket),
  } satisfies Partial<StreamConfig>;
}

/** After a message is stored, its headers alone are sent to whoever listens. */
function doorbell(bucket: BucketName) {
  return bucket === buckets.desired
    ? { src: `$KV.${bucket}.*`, dest: bellSubject("{{wildcard(1)}}"), headers_only: true }
    : { src: `$KV.${bucket}.>`, dest: changedSubject(bucket, ">"), headers_only: true };
}
