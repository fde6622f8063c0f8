import { type Difference, describe } from "./diff.ts";
import { families } from "./ruleset.ts";
import type { DriftRecord } from "./status.ts";

const longest = 16;

/** Adds what was found now, newest first. What is known and not repaired yet is not added again. */
export function recordDrift(
  log: readonly DriftRecord[],
  differences: readonly Difference[],
  now: number,
): readonly DriftRecord[] {
  const found = [...families, "inet" as const].flatMap((family): DriftRecord[] => {
    const what = differences.filter((it) => it.family === family).map(describe);
    const record = { detectedMs: now, family, what: what.join("; ") };
    const known = log.some(
      (it) => it.repairedMs === undefined && it.family === family && it.what === record.what,
    );
    return what.length === 0 || known ? [] : [record];
  });
  return [...found, ...log].slice(0, longest);
}

/** The kernel was read back as it should be: whatever was open is repaired. */
export function repairDrifts(log: readonly DriftRecord[], now: number): readonly DriftRecord[] {
  return log.map((record) =>
    record.repairedMs === undefined ? { ...record, repairedMs: now } : record,
  );
}
