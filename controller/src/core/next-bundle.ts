import type { Bundle, DesiredState } from "@seawall/policy";

export interface BundleContext {
  readonly host: string;
  readonly epoch: number;
  /** The revision `desired` was compiled from. */
  readonly revision: number;
  readonly desired: DesiredState;
  readonly requires: readonly string[];
  /** What lies in the store for this host, verified; undefined when there is nothing of ours. */
  readonly stored: Bundle | undefined;
  /** What the host says it enforces. It refuses anything older, so the next generation is beyond it. */
  readonly observed: { readonly epoch: number; readonly generation: number } | undefined;
}

/**
 * The bundle a host should have next, or undefined when the stored one says the
 * same: a host whose rules do not change is not touched, whatever the revision.
 */
export function nextBundle(context: BundleContext): Bundle | undefined {
  const { epoch, stored } = context;
  const observed = context.observed?.epoch === epoch ? context.observed.generation : 0;
  const current = stored?.epoch === epoch ? stored : undefined;
  if (current !== undefined && current.generation >= observed && saysTheSame(current, context)) {
    return undefined;
  }
  return {
    format: 1,
    requires: [...context.requires],
    host: context.host,
    epoch,
    generation: Math.max(current?.generation ?? 0, observed) + 1,
    revision: context.revision,
    desired: context.desired,
  };
}

// Compilation is canonical: equal meaning is equal text.
function saysTheSame(stored: Bundle, next: Pick<BundleContext, "desired" | "requires">): boolean {
  return (
    JSON.stringify(stored.desired) === JSON.stringify(next.desired) &&
    JSON.stringify(stored.requires) === JSON.stringify(next.requires)
  );
}
