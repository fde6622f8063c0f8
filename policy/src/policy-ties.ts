import type { Direction } from "./desired-state.ts";
import { type FieldPath, formatPath } from "./field-path.ts";
import { type FleetPolicy, type FleetPolicySpec, policyDefaults } from "./fleet-policy.ts";
import type { Issue } from "./issue.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import { resourceKey } from "./resource.ts";
import { excludeLabels, excludeSelectors } from "./selectors-exclude.ts";

/**
 * Warns of each policy in the files whose order against another one is decided by
 * name alone, where the order can matter: equal tier and priority, traffic that
 * both can select, and rules of one direction with different actions.
 */
export function tieIssues(
  policies: readonly FleetPolicy[],
  parsed: readonly ParsedResource[],
): readonly Issue[] {
  return parsed.flatMap(({ resource, locate }) => {
    if (resource.kind !== "FleetPolicy") {
      return [];
    }
    const [other, ...more] = policies.filter(
      (policy) => policy.metadata.name !== resource.metadata.name && tie(policy, resource),
    );
    if (other === undefined) {
      return [];
    }
    const path = rankPath(resource.spec);
    const others =
      more.length === 0
        ? resourceKey(other)
        : `${resourceKey(other)} and ${String(more.length)} more`;
    return [
      {
        severity: "warning",
        place: locate(path),
        path: formatPath(path),
        message: `${rankText(resource.spec)} are also those of ${others}, and both can select the same network: the name decides which is judged first; give them different priorities`,
      },
    ];
  });
}

function tie({ spec: a }: FleetPolicy, { spec: b }: FleetPolicy): boolean {
  return (
    isRankedAlike(a, b, DIRECTIONS) &&
    !excludeLabels(a.hostSelector, b.hostSelector) &&
    !excludeTargets(a, b)
  );
}

const DIRECTIONS = ["ingress", "egress", "internal"] as const satisfies readonly Direction[];

/** Reports whether only their names put these in an order, and it can matter in one of the directions. */
export function isRankedAlike(
  a: FleetPolicySpec,
  b: FleetPolicySpec,
  directions: readonly Direction[],
): boolean {
  return (
    tierOf(a) === tierOf(b) && priorityOf(a) === priorityOf(b) && orderMatters(a, b, directions)
  );
}

/** `Standard and priority 500`. */
export function rankText(spec: FleetPolicySpec): string {
  return `tier ${tierOf(spec)} and priority ${String(priorityOf(spec))}`;
}

/** Where a policy says it, or could. */
export function rankPath({ priority }: FleetPolicySpec): FieldPath {
  return priority === undefined ? ["spec"] : ["spec", "priority"];
}

/** Reports whether no traffic can be that of both. */
export function excludeTargets(a: FleetPolicySpec, b: FleetPolicySpec): boolean {
  if (a.interfaces !== undefined || b.interfaces !== undefined) {
    return a.interfaces?.some((name) => b.interfaces?.includes(name)) !== true;
  }
  return (["networkSelector", "containerSelector"] as const).some((kind) =>
    excludeSelectors(a[kind], b[kind]),
  );
}

function tierOf({ tier }: FleetPolicySpec) {
  return tier ?? policyDefaults.tier;
}

function priorityOf({ priority }: FleetPolicySpec) {
  return priority ?? policyDefaults.priority;
}

// Rules of one action may be judged in any order, and defaults come after all rules.
function orderMatters(
  a: FleetPolicySpec,
  b: FleetPolicySpec,
  directions: readonly Direction[],
): boolean {
  return directions.some((direction) => {
    const other = actionsIn(b, direction);
    return actionsIn(a, direction).some((action) =>
      other.some((otherAction) => action !== otherAction),
    );
  });
}

function actionsIn(spec: FleetPolicySpec, direction: Direction): readonly string[] {
  return (spec[direction]?.rules ?? []).map((rule) => rule.action);
}
