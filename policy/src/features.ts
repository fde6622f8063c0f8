import type { DesiredPeers, DesiredPolicy, DesiredRule, DesiredState } from "./desired-state.ts";
import { isBetweenInterfaces } from "./policy-tests-words.ts";

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
  { name: "pass", isUsedBy: anyRule(({ action }) => action === "Pass") },
  { name: "networkPeers", isUsedBy: anyPeers(({ networks }) => networks !== undefined) },
  { name: "containerPeers", isUsedBy: anyPeers(({ containers }) => containers !== undefined) },
  {
    name: "containerSelector",
    isUsedBy: anyPolicy(({ containerSelector }) => containerSelector !== undefined),
  },
  { name: "interfaces", isUsedBy: anyPolicy(({ interfaces }) => interfaces !== undefined) },
  { name: "internal", isUsedBy: anyPolicy(({ internal }) => internal !== undefined) },
  { name: "egressHost", isUsedBy: anyPolicy(({ egress }) => egress?.host === true) },
  { name: "audit", isUsedBy: anyPolicy(({ mode }) => mode === "Audit") },
  { name: "log", isUsedBy: anyRule(({ log }) => log === true) },
  { name: "enforcement", isUsedBy: ({ options }) => options?.enforcement !== undefined },
  { name: "forwardGuardOff", isUsedBy: ({ options }) => options?.forwardGuard !== undefined },
  { name: "inputGuardOff", isUsedBy: ({ options }) => options?.inputGuard !== undefined },
  { name: "managementGuardOff", isUsedBy: ({ options }) => options?.managementGuard !== undefined },
  { name: "newNetworksOpen", isUsedBy: ({ options }) => options?.newNetworks !== undefined },
  { name: "driftWarn", isUsedBy: ({ options }) => options?.drift !== undefined },
  { name: "tests", isUsedBy: anyPolicy(({ tests }) => tests !== undefined) },
  {
    name: "interfaceTests",
    isUsedBy: anyPolicy(({ tests = [] }) => tests.some(isBetweenInterfaces)),
  },
];

function anyPolicy(holds: (policy: DesiredPolicy) => boolean): Feature["isUsedBy"] {
  return ({ policies }) => policies.some(holds);
}

function anyRule(holds: (rule: DesiredRule) => boolean): Feature["isUsedBy"] {
  return anyPolicy(({ ingress, egress, internal }) =>
    [ingress, egress, internal].some((direction) => direction?.rules.some(holds) === true),
  );
}

function anyPeers(holds: (peers: DesiredPeers) => boolean): Feature["isUsedBy"] {
  return anyRule(({ from, to }) => [from, to].some((peers) => peers !== undefined && holds(peers)));
}

/** For the bundle's `requires`. */
export function featuresOf(desired: DesiredState): readonly string[] {
  return FEATURES.filter((feature) => feature.isUsedBy(desired)).map((feature) => feature.name);
}

/** What this version's agent enforces. */
export const knownFeatures: readonly string[] = FEATURES.map((feature) => feature.name);
