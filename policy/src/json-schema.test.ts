import { expect, test } from "vitest";
import { jsonSchema } from "./json-schema.ts";

const schema = jsonSchema();

test("one schema for every document, chosen by kind", () => {
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { const: "seawall/v1" },
      kind: { enum: ["FleetPolicy", "AddressGroup", "RolloutStrategy"] },
    },
    $defs: { FleetPolicy: { additionalProperties: false }, AddressGroup: {}, RolloutStrategy: {} },
  });
  expect(schema["allOf"]).toContainEqual({
    if: { properties: { kind: { const: "AddressGroup" } }, required: ["kind"] },
    then: { $ref: "#/$defs/AddressGroup" },
  });
});

test("a peer is one thing, and lists are not empty", () => {
  expect(schema).toMatchObject({
    $defs: {
      FleetPolicy: {
        properties: {
          spec: {
            properties: {
              ingress: {
                properties: {
                  rules: {
                    minItems: 1,
                    items: {
                      properties: {
                        from: { minItems: 1, items: { minProperties: 1, maxProperties: 1 } },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  });
});

test("it is JSON, and every object in it refuses unknown fields", () => {
  const open: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) {
      return;
    }
    if (
      "type" in value &&
      value.type === "object" &&
      "properties" in value &&
      !("additionalProperties" in value)
    ) {
      open.push(path);
    }
    for (const [key, item] of Object.entries(value)) {
      visit(item, `${path}/${key}`);
    }
  };
  visit(JSON.parse(JSON.stringify(schema)), "");
  expect(open).toEqual([""]);
});
