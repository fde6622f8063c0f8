import { expect, test } from "vitest";
import { fieldChanges } from "./field-changes.ts";

test.for([
  [
    "one that is another",
    { mode: "Enforce", uses: 1 },
    { mode: "Audit", uses: 1 },
    ['mode: "Enforce" -> "Audit"'],
  ],
  [
    "of what comes each field, down to what holds no other",
    {},
    { rules: [{ ports: [{ port: 443 }], from: "any" }], labels: { "a/b": "c" } },
    [
      'labels["a/b"]: none -> "c"',
      'rules[0].from: none -> "any"',
      "rules[0].ports[0].port: none -> 443",
    ],
  ],
  ["of what goes too", { labels: { env: "prod" } }, {}, ['labels.env: "prod" -> none']],
  [
    "what is there and empty",
    undefined,
    { egress: {}, cidrs: [] },
    ["cidrs: none -> []", "egress: none -> {}"],
  ],
  ["nothing", { a: 1, b: undefined }, { a: 1 }, []],
] as const)("%s", ([, before, after, told]) => {
  const changes = fieldChanges(before, after);
  expect(
    changes.map((it) => `${it.path}: ${it.before || "none"} -> ${it.after || "none"}`),
  ).toEqual(told);
});
