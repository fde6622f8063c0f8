import type { Rollout, RolloutRecord } from "./rollout-record.ts";
import { afterStep, pastRollouts } from "./rollout-step.ts";

/** What people do to the newest rollout. */
export const rolloutActions = ["pause", "resume", "promote", "abort", "confirm"] as const;
export type RolloutAction = (typeof rolloutActions)[number];

export type RolloutChange =
  | { readonly ok: true; readonly record: RolloutRecord }
  /** It cannot be done, in words. */
  | { readonly ok: false; readonly message: string };

/** @param by who does it */
export function changeRollout(
  record: RolloutRecord,
  action: RolloutAction,
  by: string,
  nowMs: number,
): RolloutChange {
  const { latest } = record;
  if (latest === undefined) return refused("there has been no rollout yet");
  const named = `the rollout of revision ${String(latest.target)}`;
  if (action === "confirm") return confirmed(record, latest, named);
  if (action === "resume" && latest.end?.phase === "RolledBack") {
    // It begins as if its revision were new.
    const { stable, earlier } = record;
    return { ok: true, record: { stable, earlier, past: pastRollouts(record, nowMs) } };
  }
  if (latest.end !== undefined) return refused(`${named} is over: ${latest.end.phase}`);
  switch (action) {
    case "pause":
      return latest.pausedMs === undefined
        ? changed(record, { ...latest, pausedMs: nowMs })
        : refused(`${named} is paused already`);
    case "resume":
      return latest.pausedMs === undefined
        ? refused(`${named} is not paused`)
        : resumed(record, latest, nowMs);
    case "promote":
      return promoted(record, latest, named);
    case "abort": {
      const message = `aborted by ${by}`;
      const step = { kind: "rollBack", reason: "Aborted", message } as const;
      return { ok: true, record: afterStep(record, step, nowMs) };
    }
  }
}

function confirmed(record: RolloutRecord, latest: Rollout, named: string): RolloutChange {
  return latest.confirmByMs === undefined
    ? refused(
        `${named} waits for no confirmation${latest.end === undefined ? "" : `: ${latest.end.phase}`}`,
      )
    : changed(record, { ...latest, confirmByMs: undefined });
}

/** What the current wave has waited for counts from now on. */
function resumed(record: RolloutRecord, latest: Rollout, nowMs: number): RolloutChange {
  const { waves } = latest;
  const last = waves.length - 1;
  return changed(record, {
    ...latest,
    pausedMs: undefined,
    waves: waves.map((wave, index) => (index === last ? { ...wave, sinceMs: nowMs } : wave)),
  });
}

/** On to the next wave: neither the soak of this one nor the approval of that one is waited for. */
function promoted(record: RolloutRecord, latest: Rollout, named: string): RolloutChange {
  const { waves, soaked, approved } = latest;
  const isBetween = waves.at(-1)?.state === "done" || waves.length === 0;
  const next = isBetween
    ? { soaked, approved: waves.length + 1 }
    : { soaked: waves.length, approved: waves.length + 1 };
  return next.soaked === soaked && next.approved === approved
    ? refused(`${named} is promoted already`)
    : changed(record, { ...latest, ...next });
}

function changed(record: RolloutRecord, latest: Rollout): RolloutChange {
  return { ok: true, record: { ...record, latest } };
}

function refused(message: string): RolloutChange {
  return { ok: false, message };
}
