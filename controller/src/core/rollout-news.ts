import { rolloutEvents } from "./rollout-events.ts";
import type { RolloutRecord } from "./rollout-record.ts";

/** An event of a step, with the number by which it is told once. */
export type NumberedEvent = NonNullable<RolloutRecord["news"]>["untold"][number] & {
  readonly number: number;
};

/** They are told within a moment. Where that fails for so long that there are more, the oldest are lost. */
const MOST_UNTOLD = 50;

/** The events of steps that may not have been told. */
export function untoldNews({ news }: RolloutRecord): readonly NumberedEvent[] {
  return (news?.untold ?? []).map((told, index) => ({
    ...{ number: (news?.first ?? 0) + index, ...told },
  }));
}

/**
 * The next record as it is written, with what the step tells: so no crash comes in between.
 * @param told so many of the untold events, from the first, have been told
 */
export function withNews(
  before: RolloutRecord,
  next: RolloutRecord,
  { by, nowMs, told }: { readonly by: string; readonly nowMs: number; readonly told: number },
): RolloutRecord {
  const { first, untold } = before.news ?? { first: 0, untold: [] };
  const events = rolloutEvents(before, next, by).map((event) => ({ timeMs: nowMs, event }));
  const all = [...untold.slice(told), ...events];
  const kept = all.slice(-MOST_UNTOLD);
  const skipped = Math.min(told, untold.length) + all.length - kept.length;
  return { ...next, news: { first: first + skipped, untold: kept } };
}
