import { expect, test } from "vitest";
import { shared } from "./shared.ts";

const a = { name: "a", rules: [{ port: 1 }, { port: 2 }] };
const b = { name: "b", rules: [] };
const copy = <T>(value: T): T => structuredClone(value);

test("all of it is the object of before where nothing has changed", () => {
  const before = { policies: [a, b], options: {} };
  expect(shared(before, copy(before))).toBe(before);
});

test("what has changed is new, and all that leads to it", () => {
  const before = { policies: [a, b] };
  const now = { policies: [copy(a), { name: "b", rules: [{ port: 3 }] }] };
  const result = shared(before, now);
  expect(result).toEqual(now);
  expect(result.policies[0]).toBe(a);
  expect(result.policies[1]).not.toBe(b);
});

test.for([
  { name: "put in first", before: [a, b], now: [{ name: "c" }, a, b], same: [undefined, a, b] },
  { name: "put in last", before: [a, b], now: [a, b, { name: "c" }], same: [a, b, undefined] },
  { name: "put in between", before: [a, b], now: [a, { name: "c" }, b], same: [a, undefined, b] },
  { name: "left out", before: [a, b], now: [b], same: [b] },
])("a list in which one was $name", ({ before, now, same }) => {
  const result = shared(before, copy(now));
  expect(result).toEqual(now);
  for (const [index, item] of same.entries()) {
    if (item !== undefined) expect(result[index]).toBe(item);
  }
});

test.for([
  { name: "a field more", before: { x: 1 }, now: { x: 1, y: 2 } },
  { name: "a field less", before: { x: 1, y: 2 }, now: { x: 1 } },
  { name: "a field that is undefined instead of another", before: { y: 1 }, now: { x: undefined } },
  { name: "an item less", before: [1, 2], now: [1] },
  { name: "fields instead of a list", before: [], now: {} },
  { name: "nothing before", before: undefined, now: { x: [1] } },
  { name: "null", before: { x: {} }, now: { x: null } },
  { name: "another integer of any size", before: { value: 1n }, now: { value: 2n } },
  { name: "what is no plain data", before: { x: new Map() }, now: { x: new Map([[1, 2]]) } },
])("never takes $name for the same", ({ before, now }) => {
  expect(shared(before, now)).toEqual(now);
});
