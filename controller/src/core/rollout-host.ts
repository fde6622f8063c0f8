import type { Labels } from "@seawall/policy";

/** How a host is, with regard to the revision that it is on. */
export type RolloutHealth =
  /** InSync at it, by a report that is fresh. */
  | { readonly kind: "well" }
  /** On its way, or about to be repaired. */
  | { readonly kind: "moving" }
  /** It says that it cannot, or a policy test fails on it. */
  | { readonly kind: "failed"; readonly reason: string; readonly message: string }
  /** No report, for longer than one may take. */
  | { readonly kind: "away" }
  /** No report yet, and this controller has not run for long enough to tell what that means. */
  | { readonly kind: "unknown" };

/** A host as a rollout sees it. */
export interface RolloutHost {
  readonly name: string;
  readonly labels: Labels;
  /** Whether it would get other rules by the target than it has by the revision that it is on. */
  readonly differs: boolean;
  readonly health: RolloutHealth;
}
