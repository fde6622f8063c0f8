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
