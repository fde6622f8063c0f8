import { type LabelSelector, parseDuration } from "@seawall/policy";
import type { ResourceTree } from "./change-set.ts";

/** A RolloutStrategy with everything said. */
export interface Strategy {
  readonly waves: readonly StrategyWave[];
  /** How many hosts may be unavailable at once, of those that a rollout changes. */
  readonly maxUnavailable: number | { readonly percent: number };
  /** Hosts that may fail. */
  readonly failureBudget: number;
  readonly gates: readonly "NewDrops"[];
}

export interface StrategyWave {
  readonly name: string;
  readonly hostSelector?: LabelSelector;
  readonly percent?: number;
  readonly soakMs: number;
  /** Somebody has to promote the rollout before this wave begins. */
  readonly needsApproval: boolean;
}

/** How a revision goes out; undefined: to all hosts at once. */
export function strategyOf(tree: ResourceTree): Strategy | undefined {
  const resource = tree.get("RolloutStrategy/default");
  if (resource?.kind !== "RolloutStrategy") return undefined;
  const { waves = [], maxUnavailable = "100%", failureBudget = 0, gates = [] } = resource.spec;
  return {
    waves: waves.map(({ name, hostSelector, percent, soak, approval }) => ({
      name,
      ...(hostSelector === undefined ? {} : { hostSelector }),
      ...(percent === undefined ? {} : { percent }),
      soakMs: (soak === undefined ? undefined : parseDuration(soak)) ?? 0,
      needsApproval: approval === "Manual",
    })),
    maxUnavailable:
      typeof maxUnavailable === "number"
        ? maxUnavailable
        : { percent: Number.parseInt(maxUnavailable, 10) },
    ...{ failureBudget, gates },
  };
}

/** Always room for one, or nothing would ever move. */
export function mostUnavailable({ maxUnavailable }: Strategy, changes: number): number {
  return Math.max(
    1,
    typeof maxUnavailable === "number"
      ? maxUnavailable
      : Math.floor((changes * maxUnavailable.percent) / 100),
  );
}
