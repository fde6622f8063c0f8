import type { Logger } from "pino";

export interface SweepOptions {
  /** Only the leader sweeps, and only when it has read everything. */
  readonly isLeader: () => boolean;
  /** The revisions that hosts are on, from the store itself. */
  readonly assigned: () => Promise<ReadonlySet<number>>;
  readonly sweep: (
    assigned: ReadonlySet<number>,
  ) => Promise<{ readonly revisions: number; readonly blobs: number }>;
  readonly log: Logger;
}

/** Erases what is beyond the history that is kept. */
export function createSweep({ isLeader, assigned, sweep, log }: SweepOptions): () => Promise<void> {
  return async () => {
    if (!isLeader()) return;
    const erased = await sweep(await assigned());
    if (erased.revisions + erased.blobs > 0) log.info(erased, "swept old revisions");
  };
}
