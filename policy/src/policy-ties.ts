import { formatPath } from "./field-path.ts";
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
    const path = resource.spec.priority === undefined ? ["spec"] : ["spec", "priority"];
    const others =
      more.length === 0
        ? resourceKey(other)
        : `${resourceKey(other)} and ${String(more.length)} more`;
    return [
      {
        severity: "warning",
        place: locate(path),
        path: formatPath(path),
        message: `tier ${tierOf(resource)} and priority ${String(priorityOf(resource))} are also those of ${others}, and both can select the same network: the name decides which is judged first; give them different priorities`,
      },
    ];
  });
}

function tie(a: FleetPolicy, b: FleetPolicy): boolean {
  return (
    tierOf(a) === tierOf(b) &&
    priorityOf(a) === priorityOf(b) &&
    orderMatters(a, b) &&
    !excludeLabels(a.spec.hostSelector, b.spec.hostSelector) &&
    !excludeTargets(a.spec, b.spec)
  );
}

/** Reports whether no traffic can be that of both. */
function excludeTargets(a: FleetPolicySpec, b: FleetPolicySpec): boolean {
  if (a.interfaces !== undefined || b.interfaces !== undefined) {
    return a.interfaces?.some((name) => b.interfaces?.includes(name)) !== true;
  }
  return (["networkSelector", "containerSelector"] as const).some((kind) =>
    excludeSelectors(a[kind], b[kind]),
  );
}

function tierOf(policy: FleetPolicy) {
  return policy.spec.tier ?? policyDefaults.tier;
}

function priorityOf(policy: FleetPolicy) {
  return policy.spec.priority ?? policyDefaults.priority;
}

// Rules of one action may be judged in any order, and defaults come after all rules.
function orderMatters(a: FleetPolicy, b: FleetPolicy): boolean {
  return (["ingress", "egress", "internal"] as const).some((direction) => {
    const other = actionsIn(b, direction);
    return actionsIn(a, direction).some((action) =>
      other.some((otherAction) => action !== otherAction),
    );
  });
}

function actionsIn(
  policy: FleetPolicy,
  direction: "ingress" | "egress" | "internal",
): readonly string[] {
  return (policy.spec[direction]?.rules ?? []).map((rule) => rule.action);
}
