import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LabelSelector } from "./label-selector.ts";
import { matchesLabels, matchesName } from "./select.ts";

describe("matchesLabels", () => {
  const labels = { env: "prod", role: "db", empty: "" };
  test.for<{ why: string; selector: LabelSelector | undefined; matches: boolean }>([
    { why: "absent selects all", selector: undefined, matches: true },
    { why: "empty selects all", selector: {}, matches: true },
    { why: "one pair", selector: { matchLabels: { env: "prod" } }, matches: true },
    {
      why: "every pair must hold",
      selector: { matchLabels: { env: "prod", role: "web" } },
      matches: false,
    },
    {
      why: "a missing label is not an empty one",
      selector: { matchLabels: { zone: "" } },
      matches: false,
    },
    { why: "an empty value", selector: { matchLabels: { empty: "" } }, matches: true },
    {
      why: "In",
      selector: { matchExpressions: [{ key: "role", operator: "In", values: ["web", "db"] }] },
      matches: true,
    },
    {
      why: "In of a missing label",
      selector: { matchExpressions: [{ key: "zone", operator: "In", values: [""] }] },
      matches: false,
    },
    {
      why: "NotIn",
      selector: { matchExpressions: [{ key: "role", operator: "NotIn", values: ["db"] }] },
      matches: false,
    },
    {
      why: "NotIn holds for a missing label",
      selector: { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] },
      matches: true,
    },
    {
      why: "Exists",
      selector: { matchExpressions: [{ key: "empty", operator: "Exists" }] },
      matches: true,
    },
    {
      why: "DoesNotExist",
      selector: { matchExpressions: [{ key: "env", operator: "DoesNotExist" }] },
      matches: false,
    },
    {
      why: "pairs and expressions must both hold",
      selector: {
        matchLabels: { env: "prod" },
        matchExpressions: [{ key: "zone", operator: "Exists" }],
      },
      matches: false,
    },
    {
      why: "no label comes from Object.prototype",
      selector: { matchExpressions: [{ key: "constructor", operator: "Exists" }] },
      matches: false,
    },
  ])("$why: $matches", ({ selector, matches }) => {
    expect(matchesLabels(selector, labels)).toBe(matches);
  });
});

describe("matchesName", () => {
  test.for([
    [["shop_backend"], "shop_backend", true],
    [["shop_backend"], "shop_backend2", false],
    [["shop_*"], "shop_backend", true],
    [["shop_*"], "shop_", true],
    [["shop_*"], "myshop_a", false],
    [["*_backend"], "shop_backend", true],
    [["*_backend"], "shop_backend_1", false],
    [["*"], "", true],
    [["a*b*c"], "abc", true],
    [["a*b*c"], "a-bb-c", true],
    [["a*b*c"], "acb", false],
    [["ab*ba"], "aba", false],
    [["a**b"], "a--b", true],
    [["shop.1"], "shopX1", false],
    [["x", "shop_*"], "shop_a", true],
    [undefined, "anything", true],
  ] as const)("%j on %s: %s", ([patterns, name, matches]) => {
    expect(matchesName(patterns, name)).toBe(matches);
  });

  test("agrees with the same pattern as a regular expression", () => {
    const text = (letters: string) =>
      fc.string({ unit: fc.constantFrom(...letters.split("")), maxLength: 8 });
    fc.assert(
      fc.property(text("ab*"), text("ab"), (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        expect(matchesName([pattern], name)).toBe(expression.test(name));
      }),
      { numRuns: 1000 },
    );
  });

  test("a pattern made to backtrack takes no time", () => {
    const start = performance.now();
    expect(matchesName([`${"a*".repeat(120)}b`], "a".repeat(250))).toBe(false);
    expect(performance.now() - start).toBeLessThan(50);
  });
});
