import type { Logger } from "pino";
import type { Reconciler } from "../runtime/workqueue.ts";

export interface RolloutReconcilerOptions {
  readonly newestRevision: () => Promise<number>;
  readonly currentRevision: () => Promise<number>;
  /** False when somebody else has moved the rollout since it was read. */
  readonly advance: (from: number, to: number) => Promise<boolean>;
  readonly isLeader: () => boolean;
  readonly log: Logger;
}

/** A commit of another controller rings nothing here. */
const LOOK_AGAIN_MS = 5_000;

/** Rolls the newest revision out. All hosts get it at once; waves will be decided here. */
export function createRolloutReconciler(options: RolloutReconcilerOptions): Reconciler {
  return async () => {
    if (!options.isLeader()) return { kind: "done" };
    const from = await options.currentRevision();
    const to = await options.newestRevision();
    if (to <= from) return { kind: "requeueAfter", ms: LOOK_AGAIN_MS };
    if (!(await options.advance(from, to))) return { kind: "requeueAfter", ms: 0 };
    options.log.info({ from, to }, "revision rolled out");
    return { kind: "requeueAfter", ms: LOOK_AGAIN_MS };
  };
}
