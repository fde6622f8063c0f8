import { type FieldPath, formatPath } from "./field-path.ts";
import type { Issue } from "./issue.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import type { Resource } from "./resource.ts";

/** Something that the manifest may say and this version does not enforce. */
export interface UnsupportedField {
  readonly path: FieldPath;
  /** As the reader knows it. */
  readonly what: string;
}

/** Accepting and ignoring would be a false green, so what is not enforced is an error. */
export function unsupportedIssues(parsed: ParsedResource): readonly Issue[] {
  return unsupportedFields(parsed.resource).map(({ path, what }) => ({
    severity: "error",
    place: parsed.locate(path),
    path: formatPath(path),
    message: `${what} is valid but not enforced yet by this version; remove it`,
  }));
}

export function unsupportedFields(resource: Resource): readonly UnsupportedField[] {
  switch (resource.kind) {
    case "AddressGroup":
    case "FleetPolicy":
      return [];
    case "RolloutStrategy":
      return resource.metadata.name === "default"
        ? []
        : [{ path: ["metadata", "name"], what: "a RolloutStrategy that is not called default" }];
  }
}
