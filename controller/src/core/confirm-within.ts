import type { RolloutRecord } from "./rollout-record.ts";

interface Parent {
  readonly number: number;
  readonly confirmWithinMs?: number | undefined;
}

/**
 * Milliseconds in which a revision has to be confirmed that is committed now; undefined: it need not be. What its parent asked
 * for is a part of it for as long as nobody has confirmed it: also where the parent never begins, because this one overtakes it.
 * @param record undefined: it is not believed
 */
export function confirmWithin(
  own: number | undefined,
  parent: Parent | undefined,
  record: RolloutRecord | undefined,
): number | undefined {
  const latest = record?.latest;
  const hasBegun = parent !== undefined && (latest?.target ?? 0) >= parent.number;
  const isOwed = !hasBegun || latest?.confirmByMs !== undefined;
  return earlier(own, isOwed ? parent?.confirmWithinMs : undefined);
}

export function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
