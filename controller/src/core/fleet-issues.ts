import {
  type Issue,
  judgePolicyTests,
  type LintedFleet,
  lint,
  type ParsedResource,
  policyTestIssues,
} from "@seawall/policy";
import type { ResourceTree } from "./change-set.ts";

/**
 * What only the fleet can say about a change that is valid: tests that fail after
 * it, those of policies that it does not name too, and warnings about the policies in the files.
 */
export function fleetIssues(
  current: ResourceTree,
  next: ResourceTree,
  files: readonly ParsedResource[],
  fleet: LintedFleet,
): readonly Issue[] {
  const { hosts } = fleet;
  const tree = [...next.values()];
  return [
    ...policyTestIssues(judgePolicyTests(tree, hosts), files, () =>
      judgePolicyTests([...current.values()], hosts),
    ),
    ...lint(tree, files, fleet),
  ];
}
