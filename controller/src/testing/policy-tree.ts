import { parseManifests, resourceKey } from "@seawall/policy";
import type { ResourceTree } from "../core/change-set.ts";

/** A tree of FleetPolicies, each by its name and its spec as YAML. */
export function policyTree(specs: Readonly<Record<string, string>>): ResourceTree {
  const files = Object.entries(specs).map(([name, spec]) => ({
    name: `${name}.yaml`,
    content: `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`,
  }));
  const { resources, issues } = parseManifests(files);
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return new Map(resources.map(({ resource }) => [resourceKey(resource), resource]));
}

/** A policy that names hosts in a rule. It selects no host, so that its rules are no test's matter. */
export const namesAppHosts =
  "{hostSelector: {matchLabels: {none: such}}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{hostSelector: {matchLabels: {role: app}}}]}]}}";
