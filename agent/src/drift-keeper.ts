import type { Difference } from "./core/diff.ts";
import { recordDrift, repairDrifts } from "./core/drift-log.ts";
import { type Fights, fought, noFights, ongoing, repaired, toWaitFor } from "./core/fight.ts";
import type { Fight } from "./core/judge.ts";
import type { DriftRecord } from "./core/status.ts";
import { suspectsOf, suspectText } from "./core/suspects.ts";
import type { Clock, Log, RulesWatch } from "./ports.ts";

/** What others have changed in our rules: kept as evidence, and decided when it is repaired. */
export interface DriftKeeper {
  /** Newest first. */
  readonly records: readonly DriftRecord[];
  /** Keeps what was found. */
  found(drift: readonly Difference[]): void;
  /** How long to leave it as it is, because all of it is undone again and again; 0: not at all. */
  waitMs(drift: readonly Difference[]): number;
  /**
   * The kernel was read back as it should be.
   * @param repairedDrift what was not, before it was written.
   * @param heard how many changes had been heard of when the last write began, or that reading.
   */
  readBack(repairedDrift: readonly Difference[], heard: number): void;
  /** What is undone again and again, and by whom. */
  fights(): readonly Fight[];
}

export function createDriftKeeper(
  watch: RulesWatch,
  clock: Pick<Clock, "now" | "moment">,
  log: Log,
): DriftKeeper {
  let records: readonly DriftRecord[] = [];
  let fights: Fights = noFights;
  // Who changed rules before we have read them once cannot be told.
  let heardWhenGood = Infinity;
  const suspects = () => suspectsOf(watch.commitsAfter(heardWhenGood));

  return {
    get records() {
      return records;
    },
    found: (drift) => {
      const before = records;
      records = recordDrift(records, drift, suspects(), clock.now());
      const isNew = (record: DriftRecord) => !before.includes(record);
      for (const { family, what, times, suspects } of records.filter(isNew)) {
        const by = suspects.map(suspectText);
        log.warn({ family, what, times, by }, "somebody has changed our rules");
      }
    },
    waitMs: (drift) => {
      const nowMs = clock.moment().ms;
      fights = ongoing(fights, nowMs);
      const waiting = toWaitFor(fights, drift, nowMs);
      return waiting.differences.length === drift.length ? waiting.untilMs - nowMs : 0;
    },
    readBack: (repairedDrift, heard) => {
      const nowMs = clock.moment().ms;
      fights = repaired(ongoing(fights, nowMs), repairedDrift, nowMs);
      records = repairDrifts(records, suspects(), clock.now());
      heardWhenGood = heard;
    },
    fights: () => {
      fights = ongoing(fights, clock.moment().ms);
      const last = records.find((record) => record.suspects.length > 0)?.suspects ?? [];
      return fought(fights).map((what) => ({ what, by: last.map(suspectText) }));
    },
  };
}
