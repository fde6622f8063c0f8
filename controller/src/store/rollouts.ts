import type { RolloutRecord } from "../core/rollout-record.ts";
import type { SealedBucket, SealedRecord, SealedWrite } from "./sealed-bucket.ts";

export const CURRENT_ROLLOUT = "current";

/** One record for the whole fleet: a step of a rollout is one write, which one writer wins. */
export class RolloutStore {
  readonly rollouts: SealedBucket<RolloutRecord>;

  constructor(rollouts: SealedBucket<RolloutRecord>) {
    this.rollouts = rollouts;
  }

  /** Undefined before the first revision. @throws TamperedError */
  async find(): Promise<SealedRecord<RolloutRecord> | undefined> {
    return this.rollouts.find(CURRENT_ROLLOUT);
  }

  /** Writes the next record if `before` is still the current one (undefined: there is none). */
  async write(
    next: RolloutRecord,
    before: SealedRecord<RolloutRecord> | undefined,
  ): Promise<SealedWrite<RolloutRecord>> {
    return before === undefined
      ? this.rollouts.create(CURRENT_ROLLOUT, next)
      : this.rollouts.update(before, next);
  }
}
