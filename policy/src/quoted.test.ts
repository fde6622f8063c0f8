import { expect, test } from "vitest";
import { quoted } from "./quoted.ts";

test.for<[unknown, string]>([
  ["prod", '"prod"'],
  [70_000, "70000"],
  [["a", 1], '["a",1]'],
  ["\u001b[31m\n", '"\\u001b[31m\\n"'],
  ["\u009b2J\u2028", '"\\u009b2J\\u2028"'],
  ["\u007f", '"\\u007f"'],
  ["a".repeat(100), `"${"a".repeat(79)}…`],
])("%j: %s", ([value, text]) => {
  expect(quoted(value)).toBe(text);
});
