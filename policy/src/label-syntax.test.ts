import { expect, test } from "vitest";
import { labelProblem } from "./label-syntax.ts";

test.for([
  ["env", "prod"],
  ["env", ""],
  ["example.com/role", "db-1_a.b"],
  ["a".repeat(63), "b".repeat(63)],
])("%s=%s is a label", ([key, value]) => {
  expect(labelProblem(key ?? "", value ?? "")).toBeUndefined();
});

test.for([
  ["", "a", '"" is not a label key'],
  ["-a", "b", '"-a" is not a label key'],
  ["a/b/c", "d", '"a/b/c" is not a label key'],
  ["Example.com/a", "b", '"Example.com/a" is not a label key'],
  ["__proto__", "a", '"__proto__" is not a label key'],
  ["a".repeat(64), "b", "is not a label key"],
  ["a", "b c", '"b c" is not a label value'],
  ["a", "b\n", '"b\\n" is not a label value'],
  ["a", "-", '"-" is not a label value'],
  ["a", "b".repeat(64), "is not a label value"],
])("%s=%s is not: %s", ([key, value, problem]) => {
  expect(labelProblem(key ?? "", value ?? "")).toContain(problem);
});
