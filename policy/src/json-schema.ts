import { z } from "zod";
import { manifestSchemas } from "./resource.ts";

/** One JSON Schema (draft 2020-12) for every document of a manifest file, for editors. What compares fields with each other is only checked by `validate`. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  const kinds = Object.keys(manifestSchemas);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Seawall manifest",
    type: "object",
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: { apiVersion: { const: "seawall/v1" }, kind: { enum: kinds } },
    allOf: kinds.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ["kind"] },
      then: { $ref: `#/$defs/${kind}` },
    })),
    $defs: Object.fromEntries(
      Object.entries(manifestSchemas).map(([kind, schema]) => [kind, jsonSchemaOf(schema)]),
    ),
  };
}

// The dialect is said once, at the root.
function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const whole = z.toJSONSchema(schema, { io: "input" });
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== "$schema"));
}
