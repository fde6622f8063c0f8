import type { Logger } from "pino";
import { planRollout, type RolloutSituation } from "../core/plan-rollout.ts";
import type { NumberedEvent } from "../core/rollout-news.ts";
import type { RolloutRecord } from "../core/rollout-record.ts";
import { afterStep, type RecordStep, type RolloutStep } from "../core/rollout-step.ts";
import type { Reconciler } from "../runtime/workqueue.ts";

/** The stored record, as it was read just now. */
export interface StoredRollouts {
  readonly record: RolloutRecord;
  /** What earlier steps tell, where it may not have been told. */
  readonly untold: readonly NumberedEvent[];
  /** False when somebody else has written since. So many of the untold, from the first, have been told. */
  readonly write: (next: RolloutRecord, told: number) => Promise<boolean>;
}

export interface RolloutReconcilerOptions {
  readonly read: () => Promise<StoredRollouts>;
  /** Read after the record; undefined while it cannot be told what a revision makes of hosts. */
  readonly situation: (record: RolloutRecord) => Promise<RolloutSituation | undefined>;
  /** Each number once, whoever tells it how often. Durable when it resolves. */
  readonly tell: (event: NumberedEvent) => Promise<void>;
  readonly isLeader: () => boolean;
  readonly log: Logger;
}

/** A commit of another controller rings nothing here. */
const IDLE_MS = 5_000;
/** Reports of hosts ring nothing here either. */
const ACTIVE_MS = 500;

/** Takes one step of the newest rollout at a time, each one write of its record. */
export function createRolloutReconciler(options: RolloutReconcilerOptions): Reconciler {
  const { read, situation, tell, isLeader, log } = options;
  return async () => {
    if (!isLeader()) return { kind: "done" };
    const { record, untold, write } = await read();
    const told = await toldOf(untold, tell, log);
    const now = await situation(record);
    if (now === undefined) {
      log.error("rules name hosts, and the record of a host is not believed: no rollout goes on");
      return { kind: "requeueAfter", ms: IDLE_MS };
    }
    const step = planRollout(now);
    if (step.kind === "idle" || step.kind === "wait") {
      const asking = askingFor(step, record);
      if (asking !== undefined || told > 0) await write(asking ?? record, told);
      if (asking !== undefined) return { kind: "requeueAfter", ms: 0 };
      return { kind: "requeueAfter", ms: step.kind === "idle" ? IDLE_MS : ACTIVE_MS };
    }
    if (await write(afterStep(record, step, now.nowMs), told)) say(step, record, log);
    return { kind: "requeueAfter", ms: 0 };
  };
}

/** How many were told, from the first. What is not told now is told with the next step. */
async function toldOf(
  untold: readonly NumberedEvent[],
  tell: RolloutReconcilerOptions["tell"],
  log: Logger,
): Promise<number> {
  for (const [told, event] of untold.entries()) {
    try {
      await tell(event);
    } catch (error) {
      log.error({ err: error, ...event }, "an event of the rollout could not be written yet");
      return told;
    }
  }
  return untold.length;
}

/** The record that says that an approval is asked for, where it does not say so yet. */
function askingFor(step: RolloutStep, record: RolloutRecord): RolloutRecord | undefined {
  const { latest } = record;
  if (step.kind !== "wait" || step.reason !== "Approval" || latest === undefined) return undefined;
  const asked = latest.waves.length;
  return latest.asked === asked ? undefined : { ...record, latest: { ...latest, asked } };
}

function say(step: RecordStep, { latest }: RolloutRecord, log: Logger): void {
  const { kind, ...what } = step;
  const revision = "target" in step ? step.target : latest?.target;
  log[kind === "rollBack" ? "warn" : "info"]({ revision, ...what }, `rollout: ${kind}`);
}
