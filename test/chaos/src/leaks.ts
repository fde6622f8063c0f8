import type { StreamResult, ThroughWindow } from "@seawall/lab";
import type { Span } from "./span.ts";

/** When denied packets got through although something of ours stood in their way, by the machine's monotonic clock. */
export function unexplained(
  { startedMs, windows }: Pick<StreamResult, "startedMs" | "windows">,
  open: readonly Span[],
): readonly Span[] {
  return windows
    .map((window) => spanOf(window, startedMs))
    .filter(({ fromMs, toMs }) => !open.some((one) => one.fromMs <= fromMs && toMs <= one.toMs));
}

function spanOf({ firstMs, lastMs }: ThroughWindow, startedMs: number): Span {
  return { fromMs: startedMs + firstMs, toMs: startedMs + lastMs };
}

/** When one of each was under way. */
export function whileBoth(some: readonly Span[], others: readonly Span[]): readonly Span[] {
  return some
    .flatMap((one) =>
      others.map((other) => ({
        fromMs: Math.max(one.fromMs, other.fromMs),
        toMs: Math.min(one.toMs, other.toMs),
      })),
    )
    .filter(({ fromMs, toMs }) => fromMs <= toMs);
}

/** Holes, and how long each stays: one that nobody was there to mend is mended first at the next of these repairs. */
export function untilMended(
  holes: readonly Span[],
  { away, repairedMs }: { readonly away: readonly Span[]; readonly repairedMs: readonly number[] },
): readonly Span[] {
  return holes.map((hole) => {
    const absence = away.find((one) => one.fromMs <= hole.toMs && hole.toMs <= one.toMs);
    if (absence === undefined) return hole;
    const after = repairedMs.filter((ms) => ms >= absence.toMs);
    return { fromMs: hole.fromMs, toMs: Math.min(...after) };
  });
}
