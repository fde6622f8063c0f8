import type { DesiredRule, DesiredState } from "./desired-state.ts";

/** Something in a DesiredState that agents of the first version do not know. */
interface Feature {
  readonly name: string;
  readonly isUsedBy: (desired: DesiredState) => boolean;
}

/**
 * Each later addition to DesiredState gets its entry here. It is found by its
 * use, so only the hosts that need it require it, and an agent that does not
 * know it keeps its last good ruleset.
 */
const FEATURES: readonly Feature[] = [
  { name: "pass", isUsedBy: (desired) => rulesOf(desired).some(({ action }) => action === "Pass") },
  {
    name: "networkPeers",
    isUsedBy: (desired) => rulesOf(desired).some(({ networks }) => networks !== undefined),
  },
];

function rulesOf({ policies }: DesiredState): readonly DesiredRule[] {
  return policies.flatMap(({ ingress, egress }) => [
    ...(ingress?.rules ?? []),
    ...(egress?.rules ?? []),
  ]);
}

/** For the bundle's `requires`. */
export function featuresOf(desired: DesiredState): readonly string[] {
  return FEATURES.filter((feature) => feature.isUsedBy(desired)).map((feature) => feature.name);
}

/** What this version's agent enforces. */
export const knownFeatures: readonly string[] = FEATURES.map((feature) => feature.name);
