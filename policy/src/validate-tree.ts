import type { FieldPath } from "./field-path.ts";
import { formatPath } from "./field-path.ts";
import type { FleetPolicy } from "./fleet-policy.ts";
import type { Issue } from "./issue.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import { peersOf } from "./policy-peers.ts";
import { tieIssues } from "./policy-ties.ts";
import { type Resource, resourceKey } from "./resource.ts";

/**
 * Rules between objects, on a whole tree: everything there will be after a change.
 *
 * `parsed` are those objects of the tree that stand in files; issues about the others have no place.
 * `scope` says what the tree is: with "files" only the files are known, as without a
 * controller, and a group that is not among them is a warning, because the fleet may have it.
 */
export function validateTree(
  tree: readonly Resource[],
  parsed: readonly ParsedResource[],
  scope: "fleet" | "files" = "fleet",
): readonly Issue[] {
  const inFiles = new Map(parsed.map((item) => [resourceKey(item.resource), item]));
  const groups = new Set(
    tree.filter((resource) => resource.kind === "AddressGroup").map((group) => group.metadata.name),
  );
  const policies = tree.filter((resource) => resource.kind === "FleetPolicy");
  return [
    ...policies.flatMap((policy) =>
      groupReferences(policy)
        .filter(({ group }) => !groups.has(group))
        .map((reference) =>
          unknownGroup(policy, reference, inFiles.get(resourceKey(policy)), scope),
        ),
    ),
    ...tieIssues(policies, parsed),
  ];
}

export interface GroupReference {
  readonly path: FieldPath;
  readonly group: string;
}

/** Every address group that a policy names, with the place of the name. */
export function groupReferences({ spec }: FleetPolicy): readonly GroupReference[] {
  return peersOf(spec).flatMap(({ peer: { addressGroup }, path }) =>
    addressGroup === undefined ? [] : [{ path: [...path, "addressGroup"], group: addressGroup }],
  );
}

function unknownGroup(
  policy: FleetPolicy,
  { path, group }: GroupReference,
  parsed: ParsedResource | undefined,
  scope: "fleet" | "files",
): Issue {
  const where = { path: formatPath(path) };
  if (parsed === undefined) {
    return {
      ...where,
      severity: "error",
      message: `${resourceKey(policy)} still refers to AddressGroup/${group}: change or delete that policy first, or in the same call`,
    };
  }
  const place = parsed.locate(path);
  return scope === "fleet"
    ? {
        ...where,
        place,
        severity: "error",
        message: `AddressGroup/${group} does not exist: write it, or mend the name`,
      }
    : {
        ...where,
        place,
        severity: "warning",
        message: `AddressGroup/${group} is not in these files: apply refuses this unless the fleet has it`,
      };
}
