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

/** The newest bundle a host says it has taken: what it enforces, or what it took back. */
export interface AcceptedBundle {
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
  /** It refuses anything older, so the next generation is beyond it. */
  readonly accepted: AcceptedBundle | undefined;
}

/**
 * Whether the host has taken what will keep it from taking the stored bundle: a newer
 * one, or another one of the same generation. Both are left over from a store that was
 * restored, or from before the host was deleted.
 */
export function isInTheWay(
  accepted: AcceptedBundle,
  stored: Pick<StoredContent, "generation" | "digest"> | undefined,
): boolean {
  if (stored === undefined) return accepted.generation > 0;
  if (accepted.generation > stored.generation) return true;
  return (
    accepted.generation === stored.generation &&
    accepted.digest !== "" &&
    accepted.digest !== stored.digest
  );
}

/**
 * The bundle a host should have next, or undefined when the stored one says the
 * same: a host whose rules do not change is not touched, whatever the revision.
 */
export function nextBundle(context: BundleContext): Bundle | undefined {
  const { epoch, stored, content } = context;
  const accepted = context.accepted?.epoch === epoch ? context.accepted : undefined;
  const current = stored?.epoch === epoch ? stored : undefined;
  const isBlocked = accepted !== undefined && isInTheWay(accepted, current);
  if (current?.content === content && !isBlocked) return undefined;
  return {
    format: 1,
    requires: [...context.requires],
    host: context.host,
    epoch,
    generation: Math.max(current?.generation ?? 0, accepted?.generation ?? 0) + 1,
    revision: context.revision,
    desired: context.desired,
  };
}
