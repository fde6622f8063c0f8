import { randomUUID } from "node:crypto";
import { buckets } from "@seawall/proto";
import { z } from "zod";
import type { Bucket } from "./bucket.ts";
import type { HighWater, StoreIdentity } from "./high-water.ts";
import { type Sealer, sealRecord, unsealRecord } from "./sealed-record.ts";

/** What the message of a refusal tells people to run, once they know why the store is another one. */
const NEW_EPOCH_COMMAND = "seawall controller init --new-epoch";

const KEY = "epoch";
const PLACE = { bucket: buckets.meta, key: KEY, type: "meta" } as const;

const bodySchema = z.strictObject({ storeId: z.string().min(1) });

export type EpochOpened =
  | { readonly kind: "opened"; readonly epoch: number; readonly isNew: boolean }
  | { readonly kind: "refused"; readonly message: string };

type Keys = Pick<Sealer, "key" | "trusted">;

/**
 * Finds out which epoch the store is in. The first controller of an empty store
 * starts epoch 1. A store that is not the one this controller knew is refused:
 * taken for empty, it would undo every policy and let every deleted host back in.
 */
export async function openEpoch(
  meta: Bucket,
  keys: Keys,
  highWater: HighWater,
): Promise<EpochOpened> {
  const known = highWater.store;
  const found = await readEpoch(meta, keys);
  switch (found.kind) {
    case "unusable":
      return refused(found.message);
    case "absent": {
      if (known.epoch > 0) {
        return refused(`the store is empty, and this controller knew one of epoch ${known.epoch}`);
      }
      const started = await startEpoch(meta, keys, highWater, 1, found.sequence);
      // Another controller was first.
      return started ?? openEpoch(meta, keys, highWater);
    }
    case "found":
      if (found.store.epoch < known.epoch) {
        return refused(
          `the store is of epoch ${found.store.epoch}, and this controller knew one of epoch ${known.epoch}`,
        );
      }
      if (found.store.epoch === known.epoch && found.store.storeId !== known.storeId) {
        return refused(`the store is another one than this controller knew (${known.storeId})`);
      }
      if (found.store.epoch > known.epoch) await highWater.enter(found.store);
      return { kind: "opened", epoch: found.store.epoch, isNew: false };
  }
}

/**
 * Declares the store, whatever was in it, a new one: what was sealed in it before is
 * not believed any more, and hosts take the new epoch's bundles although their
 * generations start anew. No other controller may be running.
 */
export async function startNewEpoch(
  meta: Bucket,
  keys: Keys,
  highWater: HighWater,
): Promise<EpochOpened> {
  const found = await readEpoch(meta, keys);
  const stored = found.kind === "found" ? found.store.epoch : 0;
  const epoch = Math.max(stored, highWater.store.epoch) + 1;
  const started = await startEpoch(meta, keys, highWater, epoch, found.sequence);
  return started ?? refused("another controller has changed the epoch at the same time");
}

type Found =
  | { readonly kind: "found"; readonly store: StoreIdentity; readonly sequence: number }
  | { readonly kind: "absent"; readonly sequence: number }
  | { readonly kind: "unusable"; readonly message: string; readonly sequence: number };

async function readEpoch(meta: Bucket, { trusted }: Keys): Promise<Found> {
  const entry = await meta.read(KEY);
  if (entry === undefined || entry.removed) {
    return { kind: "absent", sequence: entry?.sequence ?? 0 };
  }
  const { sequence, value } = entry;
  const unsealed = unsealRecord(trusted, PLACE, bodySchema, value);
  if (unsealed.kind === "tampered") {
    return { kind: "unusable", sequence, message: unsealed.message };
  }
  const { storeId } = unsealed.content.body;
  return { kind: "found", store: { epoch: unsealed.epoch, storeId }, sequence };
}

async function startEpoch(
  meta: Bucket,
  keys: Keys,
  highWater: HighWater,
  epoch: number,
  expected: number,
): Promise<EpochOpened | undefined> {
  const storeId = randomUUID();
  const { bytes } = sealRecord({ ...keys, epoch }, PLACE, { version: epoch, body: { storeId } });
  const written = await meta.write(KEY, bytes, expected);
  if (written.kind === "conflict") return undefined;
  await highWater.enter({ epoch, storeId });
  return { kind: "opened", epoch, isNew: true };
}

function refused(what: string): EpochOpened {
  return {
    kind: "refused",
    message: `${what}. If its data was lost or replaced on purpose, run \`${NEW_EPOCH_COMMAND}\`; otherwise stop and find out who changed it`,
  };
}
