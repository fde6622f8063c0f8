import { z } from "zod";
import type { SealedBucket, SealedRead, SealedRecord, SealedWrite } from "./sealed-bucket.ts";

/** Which revision the fleet is on. */
export const rolloutSchema = z.strictObject({ revision: z.number().int().min(1) });
export type Rollout = Readonly<z.infer<typeof rolloutSchema>>;

const CURRENT = "current";

export class RolloutStore {
  readonly rollouts: SealedBucket<Rollout>;

  constructor(rollouts: SealedBucket<Rollout>) {
    this.rollouts = rollouts;
  }

  async read(): Promise<SealedRead<Rollout>> {
    return this.rollouts.read(CURRENT);
  }

  /** The current rollout, or undefined before the first. @throws TamperedError */
  async find(): Promise<SealedRecord<Rollout> | undefined> {
    return this.rollouts.find(CURRENT);
  }

  /** Assigns a revision to the fleet, if `before` is still the current rollout (undefined: there is none). */
  async assign(
    revision: number,
    before: SealedRecord<Rollout> | undefined,
  ): Promise<SealedWrite<Rollout>> {
    return before === undefined
      ? this.rollouts.create(CURRENT, { revision })
      : this.rollouts.update(before, { revision });
  }
}
