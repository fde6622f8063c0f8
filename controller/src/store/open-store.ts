import { revisionSchema } from "@seawall/policy";
import { buckets, type EnvelopeType, type Signer, type TrustedKeys } from "@seawall/proto";
import type { z } from "zod";
import { rolloutRecordSchema } from "../core/rollout-record.ts";
import { joinTokenRecord } from "../identity/join-token.ts";
import type { StateDirectory } from "../identity/state-directory.ts";
import { userRecord } from "../identity/user.ts";
import type { NatsConnection } from "../nats/connect.ts";
import { Blobs } from "./blobs.ts";
import { Bucket } from "./bucket.ts";
import { type BucketOptions, ensureBuckets } from "./buckets.ts";
import { DesiredStore } from "./desired.ts";
import { openEpoch, startNewEpoch } from "./epoch.ts";
import { HighWater } from "./high-water.ts";
import { HostStore, hostSpecSchema, SPEC_PREFIX } from "./hosts.ts";
import { isLed } from "./leader.ts";
import { KEPT_REVISIONS, RevisionStore } from "./revisions.ts";
import { RolloutStore } from "./rollouts.ts";
import { SealedBucket } from "./sealed-bucket.ts";
import { TOKEN_PREFIX, TokenStore } from "./tokens.ts";
import { USER_PREFIX, UserStore } from "./users.ts";

export interface StoreOptions extends BucketOptions {
  readonly nats: NatsConnection;
  /** Seals what carries authority. */
  readonly signingKey: Signer;
  /** Whose seals are believed; the signing key's own among them. */
  readonly trusted: TrustedKeys;
  readonly stateDirectory: StateDirectory;
  /**
   * Erases what is in the store and declares it a new one; for the operator's express
   * wish only. Refused while a controller leads.
   */
  readonly newEpoch?: boolean;
  /** Fewer than KEPT_REVISIONS, in tests. */
  readonly keptRevisions?: number;
}

export interface Store {
  readonly epoch: number;
  /** This start began the epoch: the store holds nothing yet. */
  readonly isNew: boolean;
  readonly revisions: RevisionStore;
  readonly hosts: HostStore;
  readonly rollouts: RolloutStore;
  readonly tokens: TokenStore;
  readonly users: UserStore;
  readonly desired: DesiredStore;
  /** For Leadership. */
  readonly leader: Bucket;
}

export type StoreOpened =
  | { readonly kind: "opened"; readonly store: Store }
  /** The store is not the one this controller knew; the message says what to do. */
  | { readonly kind: "refused"; readonly message: string };

/** @throws StoreError */
export async function openStore(options: StoreOptions): Promise<StoreOpened> {
  const { nats, signingKey, trusted, stateDirectory, keptRevisions = KEPT_REVISIONS } = options;
  await ensureBuckets(nats, options);
  const opened = await HighWater.open(stateDirectory);
  if (!opened.ok) return { kind: "refused", message: opened.message };
  const highWater = opened.value;
  const keys = { key: signingKey, trusted };
  const meta = new Bucket(nats, buckets.meta);
  const bucket = (name: string) => new Bucket(nats, name);
  if (options.newEpoch === true) {
    if (await isLed(bucket(buckets.leader))) return { kind: "refused", message: IS_LED };
    await eraseAll(bucket);
  }
  const openWith = options.newEpoch === true ? startNewEpoch : openEpoch;
  const epoch = await openWith(meta, keys, highWater);
  if (epoch.kind === "refused") return epoch;

  const sealer = { ...keys, epoch: epoch.epoch };
  const sealed = <T>(bucket: Bucket, prefix: string, type: EnvelopeType, schema: z.ZodType<T>) =>
    new SealedBucket<T>({ bucket, prefix, type, schema, sealer, highWater });
  return {
    kind: "opened",
    store: {
      epoch: epoch.epoch,
      isNew: epoch.isNew,
      revisions: new RevisionStore(
        sealed(bucket(buckets.revisions), "", "revision", revisionSchema),
        new Blobs(bucket(buckets.blobs)),
        keptRevisions,
      ),
      hosts: new HostStore(sealed(bucket(buckets.hosts), SPEC_PREFIX, "host", hostSpecSchema)),
      rollouts: new RolloutStore(
        sealed(bucket(buckets.rollouts), "", "rollout", rolloutRecordSchema),
      ),
      tokens: new TokenStore(sealed(meta, TOKEN_PREFIX, "token", joinTokenRecord)),
      users: new UserStore(sealed(meta, USER_PREFIX, "user", userRecord)),
      desired: new DesiredStore(bucket(buckets.desired)),
      leader: bucket(buckets.leader),
    },
  };
}

const IS_LED =
  "a controller is running on this store, or was until a few seconds ago. Stop it, wait 10 seconds, and try again";

/** What an earlier epoch sealed would only be in the way: it is not believed, and not taken for absent either. */
async function eraseAll(bucket: (name: string) => Bucket): Promise<void> {
  for (const name of Object.values(buckets)) {
    // The epoch itself stays: the next one has to be greater.
    const prefixes = name === buckets.meta ? [TOKEN_PREFIX, USER_PREFIX] : [""];
    for (const prefix of prefixes) await bucket(name).clear(`${prefix}>`);
  }
}
