import type { Logger } from "pino";
import { planRollout, type RolloutSituation } from "../core/plan-rollout.ts";
import { noRollouts, type RolloutRecord } from "../core/rollout-record.ts";
import { afterStep, type RecordStep } from "../core/rollout-step.ts";
import type { Reconciler } from "../runtime/workqueue.ts";

/** The stored record, as it was read just now. */
export interface StoredRollouts {
  /** Undefined before the first revision. */
  readonly record: RolloutRecord | undefined;
  /** False when somebody else has written since. */
  readonly write: (next: RolloutRecord) => Promise<boolean>;
}

export interface RolloutReconcilerOptions {
  readonly read: () => Promise<StoredRollouts>;
  /** Read after the record; undefined while it cannot be told what a revision makes of hosts. */
  readonly situation: (record: RolloutRecord) => Promise<RolloutSituation | undefined>;
  readonly isLeader: () => boolean;
  readonly log: Logger;
}

/** A commit of another controller rings nothing here. */
const IDLE_MS = 5_000;
/** Reports of hosts ring nothing here either. */
const ACTIVE_MS = 500;

/** Takes one step of the newest rollout at a time, each one write of its record. */
export function createRolloutReconciler(options: RolloutReconcilerOptions): Reconciler {
  const { read, situation, isLeader, log } = options;
  return async () => {
    if (!isLeader()) return { kind: "done" };
    const { record = noRollouts, write } = await read();
    const now = await situation(record);
    if (now === undefined) {
      log.error("rules name hosts, and the record of a host is not believed: no rollout goes on");
      return { kind: "requeueAfter", ms: IDLE_MS };
    }
    const step = planRollout(now);
    if (step.kind === "idle") return { kind: "requeueAfter", ms: IDLE_MS };
    if (step.kind === "wait") return { kind: "requeueAfter", ms: ACTIVE_MS };
    if (await write(afterStep(record, step, now.nowMs))) tell(step, record, log);
    return { kind: "requeueAfter", ms: 0 };
  };
}

function tell(step: RecordStep, { latest }: RolloutRecord, log: Logger): void {
  const { kind, ...what } = step;
  const revision = "target" in step ? step.target : latest?.target;
  log[kind === "rollBack" ? "warn" : "info"]({ revision, ...what }, `rollout: ${kind}`);
}
