import { compilerOf } from "./compile.ts";
import type { HostFacts } from "./facts.ts";
import { formatPath } from "./field-path.ts";
import type { FleetPolicy } from "./fleet-policy.ts";
import type { Issue } from "./issue.ts";
import { everywhereAround } from "./lint-around.ts";
import { type ControllerPath, cutPaths } from "./lint-controller.ts";
import { type LintedPolicy, lintedPolicy } from "./lint-cover.ts";
import { rulesLikeDefault } from "./lint-default.ts";
import { idleSelectors } from "./lint-idle.ts";
import { inertAllows } from "./lint-inert.ts";
import { forgottenIpv6 } from "./lint-ipv6.ts";
import { emptyWords, outOfReach } from "./lint-reach.ts";
import { cutDns, type Oddity, uselessRules } from "./lint-rules.ts";
import { publishedTies } from "./lint-ties.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import type { Resource } from "./resource.ts";
import { groupReferences } from "./validate-tree.ts";

/** What is known of the fleet where the files are linted; nothing, where there is no controller. */
export interface LintedFleet {
  readonly hosts: readonly HostFacts[];
  readonly controller: ControllerPath;
}

/**
 * Warnings about the policies in the files: what is valid and probably not meant.
 * `tree` is everything there will be, valid but for groups that only the fleet may
 * have: a policy that names one of those is left out.
 */
export function lint(
  tree: readonly Resource[],
  parsed: readonly ParsedResource[],
  { hosts, controller }: LintedFleet = { hosts: [], controller: { ports: [] } },
): readonly Issue[] {
  if (!parsed.some(({ resource }) => resource.kind === "FleetPolicy")) {
    return [];
  }
  const groups = groupsOf(tree);
  const known = tree.filter(
    (resource) =>
      resource.kind !== "FleetPolicy" ||
      groupReferences(resource).every(({ group }) => groups.has(group)),
  );
  const judged = lintedPolicies(known);
  const byName = new Map(judged.map((policy) => [policy.desired.name, policy]));
  const cuts = cutPaths(hosts, controller, compilerOf(known, hosts));
  return parsed.flatMap(({ resource, locate }) => {
    const policy = byName.get(resource.metadata.name);
    if (resource.kind !== "FleetPolicy" || policy === undefined) {
      return [];
    }
    const useless = uselessRules(policy, judged);
    return [
      ...useless,
      // It reasons from what is not there, so it has to know all there is.
      ...(known.length === tree.length ? rulesLikeDefault(policy, judged, hosts, useless) : []),
      ...forgottenIpv6(policy, judged),
      ...cutDns(policy, judged),
      ...emptyGroups(resource, groups),
      ...emptyWords(policy),
      ...inertAllows(policy, hosts),
      ...idleSelectors(policy, hosts),
      ...outOfReach(policy, hosts),
      ...everywhereAround(policy, hosts),
      ...publishedTies(policy, judged, hosts),
      ...cuts.flatMap((cut) => (cut.policy === policy.desired.name ? [cut.oddity] : [])),
    ].map(
      ({ path, message }): Issue => ({
        severity: "warning",
        place: locate(path),
        path: formatPath(path),
        message,
      }),
    );
  });
}

type Groups = ReadonlyMap<string, readonly string[]>;

function groupsOf(tree: readonly Resource[]): Groups {
  return new Map(
    tree
      .filter((resource) => resource.kind === "AddressGroup")
      .map((group) => [group.metadata.name, group.spec.cidrs]),
  );
}

/** In the order in which they are judged. */
function lintedPolicies(tree: readonly Resource[]): readonly LintedPolicy[] {
  const policies = tree.filter((resource) => resource.kind === "FleetPolicy");
  const specs = new Map(policies.map(({ metadata, spec }) => [metadata.name, spec]));
  const others = tree.filter(({ kind }) => kind !== "FleetPolicy");
  const compile = compilerOf([...others, ...policies.map(onEveryHost)], []);
  return compile({ name: "", labels: {}, mode: "Enforce" }).policies.flatMap((desired) => {
    const spec = specs.get(desired.name);
    return spec === undefined ? [] : [lintedPolicy(spec, desired)];
  });
}

function onEveryHost(policy: FleetPolicy): FleetPolicy {
  return { ...policy, spec: { ...policy.spec, hostSelector: {} } };
}

function emptyGroups(policy: FleetPolicy, groups: Groups): readonly Oddity[] {
  return groupReferences(policy).flatMap(({ group, path }) =>
    groups.get(group)?.length === 0
      ? [
          {
            path,
            message: `AddressGroup/${group} is empty and matches nothing: fill it, or remove it from this rule`,
          },
        ]
      : [],
  );
}
