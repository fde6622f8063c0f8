import { type Difference, describe } from "./diff.ts";
import type { ForeignCommit } from "./foreign-commit.ts";
import { families } from "./ruleset.ts";
import type { DriftRecord } from "./status.ts";

const longest = 16;

/** The same again within this time is more of the same. */
const AGAIN_MS = 60_000;

/** Adds what was found now, newest first. What is known and not repaired yet is not added again. */
export function recordDrift(
  log: readonly DriftRecord[],
  differences: readonly Difference[],
  suspects: readonly ForeignCommit[],
  now: number,
): readonly DriftRecord[] {
  const found = [...families, "inet" as const].flatMap((family): DriftRecord[] => {
    const what = differences.filter((it) => it.family === family).map(describe);
    const record = { detectedMs: now, family, what: what.join("; "), suspects };
    const before = log.find((it) => isSame(it, record));
    if (what.length === 0 || (before !== undefined && before.repairedMs === undefined)) return [];
    return [{ ...record, times: isAgain(before, now) ? before.times + 1 : 1 }];
  });
  const others = log.filter(
    (it) => !(isAgain(it, now) && found.some((record) => isSame(it, record))),
  );
  return [...found, ...others].slice(0, longest);
}

type Named = Pick<DriftRecord, "family" | "what">;

function isSame(a: Named, b: Named): boolean {
  return a.family === b.family && a.what === b.what;
}

function isAgain(before: DriftRecord | undefined, now: number): before is DriftRecord {
  return before !== undefined && now - before.detectedMs < AGAIN_MS;
}

/**
 * The kernel was read back as it should be: whatever was open is repaired.
 * @param suspects by now: the kernel may tell of a change after it was found.
 */
export function repairDrifts(
  log: readonly DriftRecord[],
  suspects: readonly ForeignCommit[],
  now: number,
): readonly DriftRecord[] {
  return log.map((record) =>
    record.repairedMs === undefined
      ? {
          ...record,
          repairedMs: now,
          suspects: record.suspects.length === 0 ? suspects : record.suspects,
        }
      : record,
  );
}
