import type { Bundle } from "@seawall/policy";
import type { Compiled } from "./host-compiler.ts";

/** What is known of a bundle that lies in the store, once it was verified. */
export interface StoredContent {
  readonly epoch: number;
  readonly generation: number;
  readonly content: string;
  /** Hex sha256 of the sealed bytes: two bundles of one generation are not the same bundle. */
  readonly digest: string;
}

/** The bundle a host says it enforces. */
export interface ObservedBundle {
  readonly epoch: number;
  readonly generation: number;
  /** Empty: it does not say. */
  readonly digest: string;
}

export interface BundleContext extends Compiled {
  readonly host: string;
  readonly epoch: number;
  /** The revision `desired` was compiled from. */
  readonly revision: number;
  /** What lies in the store for this host, verified; undefined when there is nothing of ours. */
  readonly stored: StoredContent | undefined;
  /** What the host says it enforces. It refuses anything older, so the next generation is beyond it. */
  readonly observed: ObservedBundle | undefined;
}

/**
 * Whether the host enforces what will keep it from taking the stored bundle: a newer
 * one, or another one of the same generation. Both are left over from a store that was
 * restored, or from before the host was deleted.
 */
export function isInTheWay(
  observed: ObservedBundle,
  stored: Pick<StoredContent, "generation" | "digest"> | undefined,
): boolean {
  if (stored === undefined) return observed.generation > 0;
  if (observed.generation > stored.generation) return true;
  return (
    observed.generation === stored.generation &&
    observed.digest !== "" &&
    observed.digest !== stored.digest
  );
}

/**
 * The bundle a host should have next, or undefined when the stored one says the
 * same: a host whose rules do not change is not touched, whatever the revision.
 */
export function nextBundle(context: BundleContext): Bundle | undefined {
  const { epoch, stored, content } = context;
  const observed = context.observed?.epoch === epoch ? context.observed : undefined;
  const current = stored?.epoch === epoch ? stored : undefined;
  const isBlocked = observed !== undefined && isInTheWay(observed, current);
  if (current?.content === content && !isBlocked) return undefined;
  return {
    format: 1,
    requires: [...context.requires],
    host: context.host,
    epoch,
    generation: Math.max(current?.generation ?? 0, observed?.generation ?? 0) + 1,
    revision: context.revision,
    desired: context.desired,
  };
}
