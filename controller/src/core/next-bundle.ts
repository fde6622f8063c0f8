import type { Bundle } from "@seawall/policy";
import type { Compiled } from "./host-compiler.ts";

/** What is known of a bundle that lies in the store, once it was verified. */
export interface StoredContent {
  readonly epoch: number;
  readonly generation: number;
  readonly content: string;
}

export interface BundleContext extends Compiled {
  readonly host: string;
  readonly epoch: number;
  /** The revision `desired` was compiled from. */
  readonly revision: number;
  /** What lies in the store for this host, verified; undefined when there is nothing of ours. */
  readonly stored: StoredContent | undefined;
  /** What the host says it enforces. It refuses anything older, so the next generation is beyond it. */
  readonly observed: { readonly epoch: number; readonly generation: number } | undefined;
}

/**
 * The bundle a host should have next, or undefined when the stored one says the
 * same: a host whose rules do not change is not touched, whatever the revision.
 */
export function nextBundle(context: BundleContext): Bundle | undefined {
  const { epoch, stored, content } = context;
  const observed = context.observed?.epoch === epoch ? context.observed.generation : 0;
  const current = stored?.epoch === epoch ? stored : undefined;
  if (current?.content === content && current.generation >= observed) {
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
