import { expect, test } from "vitest";
import { remembered } from "./remembered.ts";

test("asks once about the same objects, and again about equal ones", () => {
  const asked: string[] = [];
  const of = remembered((one: { readonly name: string }, more: object, text: string) => {
    asked.push(`${one.name} ${text}`);
    return { one, more };
  });
  const [one, more] = [{ name: "one" }, {}];
  const first = of(one, more, "x");
  expect(of(one, more, "x")).toBe(first);
  expect(of(one, {}, "x")).not.toBe(first);
  expect(of(one, more, "y")).not.toBe(first);
  expect(of({ ...one }, more, "x")).not.toBe(first);
  expect(asked).toEqual(["one x", "one x", "one y", "one x"]);
});

test("what was nothing is remembered too", () => {
  let asked = 0;
  const of = remembered((key: { readonly nothing?: never }): undefined => {
    asked += 1;
    return key.nothing;
  });
  const key = {};
  of(key);
  of(key);
  expect(asked).toBe(1);
});
