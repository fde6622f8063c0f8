import { z } from "zod";
import { type AddressGroup, addressGroupSchema } from "./address-group.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type FleetPolicy, fleetPolicySchema } from "./fleet-policy.ts";
import { type RolloutStrategy, rolloutStrategySchema } from "./rollout-strategy.ts";

/**
 * A manifest that was read and validated: what its author wrote, in the schema's
 * order of fields. Defaults are not filled in; who needs one takes it from
 * `policyDefaults`, so `-o yaml` gives back what was applied and nothing else.
 */
export type Resource = FleetPolicy | AddressGroup | RolloutStrategy;
export type ResourceKind = Resource["kind"];

/** The kinds that people write, with the schema of each. */
export const manifestSchemas = {
  FleetPolicy: fleetPolicySchema,
  AddressGroup: addressGroupSchema,
  RolloutStrategy: rolloutStrategySchema,
} as const satisfies Record<ResourceKind, z.ZodObject>;

const resourceSchema = z.discriminatedUnion("kind", [
  fleetPolicySchema,
  addressGroupSchema,
  rolloutStrategySchema,
]);

export function isResourceKind(kind: string): kind is ResourceKind {
  return Object.hasOwn(manifestSchemas, kind);
}

/** `FleetPolicy/protect-mysql`: what a revision's tree is keyed by. */
export function resourceKey(resource: {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}): string {
  return `${resource.kind}/${resource.metadata.name}`;
}

/**
 * The text a resource is stored and digested as: JSON with sorted keys. Two
 * resources have one text exactly when they say the same, whatever the order of
 * their keys and the layout of their files; the order of a list is meaning and stays.
 */
export function resourceDocument(resource: Resource): string {
  return canonicalJson(resource);
}

/** Reads a stored text back. Throws when it is not what `resourceDocument` of this version would take. */
export function resourceOfDocument(text: string): Resource {
  return resourceSchema.parse(JSON.parse(text));
}
