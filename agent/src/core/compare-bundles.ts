import type { BundleId } from "./status.ts";

/** Below 0: the first one is older. An epoch is newer than all generations of those before it. */
export function compareBundles(
  a: Pick<BundleId, "epoch" | "generation">,
  b: Pick<BundleId, "epoch" | "generation">,
): number {
  return a.epoch - b.epoch || a.generation - b.generation;
}
