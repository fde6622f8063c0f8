import { type FieldPath, formatPath } from "./field-path.ts";
import type { FleetPolicySpec, PolicyPeer } from "./fleet-policy.ts";
import type { Issue } from "./issue.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import type { Resource } from "./resource.ts";

/** Something that the manifest may say and this version does not enforce. */
export interface UnsupportedField {
  readonly path: FieldPath;
  /** As the reader knows it: `containerSelector`, `mode Audit`. */
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
      return [];
    case "RolloutStrategy":
      return [{ path: ["kind"], what: "RolloutStrategy" }];
    case "FleetPolicy":
      return inSpec(resource.spec);
  }
}

function inSpec(spec: FleetPolicySpec): readonly UnsupportedField[] {
  return [
    ...when(spec.mode === "Audit", ["spec", "mode"], "mode Audit"),
    ...when(
      spec.containerSelector !== undefined,
      ["spec", "containerSelector"],
      "containerSelector",
    ),
    ...when(spec.interfaces !== undefined, ["spec", "interfaces"], "interfaces"),
    ...(spec.ingress?.rules ?? []).flatMap((rule, index) =>
      inRule(["spec", "ingress", "rules", index], rule, "from", rule.from),
    ),
    ...when(spec.egress?.host === true, ["spec", "egress", "host"], "egress.host"),
    ...(spec.egress?.rules ?? []).flatMap((rule, index) =>
      inRule(["spec", "egress", "rules", index], rule, "to", rule.to),
    ),
    ...when(
      (spec.internal?.defaultAction ?? "Allow") !== "Allow",
      ["spec", "internal", "defaultAction"],
      "internal.defaultAction",
    ),
    ...when(spec.internal?.rules !== undefined, ["spec", "internal", "rules"], "internal.rules"),
  ];
}

function inRule(
  path: FieldPath,
  rule: { readonly log?: boolean },
  peersField: "from" | "to",
  peers: readonly PolicyPeer[] | undefined,
): readonly UnsupportedField[] {
  return [
    ...when(rule.log === true, [...path, "log"], "log"),
    ...(peers ?? []).flatMap((peer, index) =>
      (["hostSelector", "containerSelector"] as const)
        .filter((kind) => peer[kind] !== undefined)
        .map((kind) => ({ path: [...path, peersField, index, kind], what: `${kind} as a peer` })),
    ),
  ];
}

function when(holds: boolean, path: FieldPath, what: string): readonly UnsupportedField[] {
  return holds ? [{ path, what }] : [];
}
