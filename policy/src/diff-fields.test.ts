import { expect, test } from "vitest";
import { diffFields, type FieldDiff } from "./diff-fields.ts";

test.for<{ why: string; before: unknown; after: unknown; diff: FieldDiff[] }>([
  { why: "equal", before: { a: [1, { b: null }] }, after: { a: [1, { b: null }] }, diff: [] },
  { why: "the order of keys is nothing", before: { a: 1, b: 2 }, after: { b: 2, a: 1 }, diff: [] },
  {
    why: "a changed value",
    before: { spec: { priority: 1 } },
    after: { spec: { priority: 2 } },
    diff: [{ path: "spec.priority", before: "1", after: "2" }],
  },
  {
    why: "an added field",
    before: {},
    after: { a: { b: [1] } },
    diff: [{ path: "a", after: '{"b":[1]}' }],
  },
  { why: "a removed field", before: { a: "x" }, after: {}, diff: [{ path: "a", before: '"x"' }] },
  {
    why: "another type",
    before: { a: [] },
    after: { a: {} },
    diff: [{ path: "a", before: "[]", after: "{}" }],
  },
  { why: "null is a value", before: { a: null }, after: {}, diff: [{ path: "a", before: "null" }] },
  {
    why: "keys in order",
    before: { b: 1, a: 1 },
    after: { c: 1, b: 2 },
    diff: [
      { path: "a", before: "1" },
      { path: "b", before: "1", after: "2" },
      { path: "c", after: "1" },
    ],
  },
  {
    why: "an item put in front",
    before: [1, 2, 3],
    after: [0, 1, 2, 3],
    diff: [{ path: "[0]", after: "0" }],
  },
  {
    why: "an item taken out of the middle",
    before: { a: [1, 2, 3] },
    after: { a: [1, 3] },
    diff: [{ path: "a[1]", before: "2" }],
  },
  { why: "repeated items", before: [1, 1], after: [1, 1, 1], diff: [{ path: "[2]", after: "1" }] },
  {
    why: "a field of an item in a list",
    before: { rules: [{ name: "a" }, { name: "b", port: 1 }] },
    after: { rules: [{ name: "a" }, { name: "b", port: 2 }] },
    diff: [{ path: "rules[1].port", before: "1", after: "2" }],
  },
  {
    why: "keys that are not plain words",
    before: { "a.b/c": 1 },
    after: { "a.b/c": 2 },
    diff: [{ path: '["a.b/c"]', before: "1", after: "2" }],
  },
  {
    why: "keys of Object.prototype",
    before: {},
    after: { constructor: 1 },
    diff: [{ path: "constructor", after: "1" }],
  },
  { why: "nothing before", before: undefined, after: 1, diff: [{ path: "", after: "1" }] },
])("$why", ({ before, after, diff }) => {
  expect(diffFields(before, after)).toEqual(diff);
});
