import { describe, expect, test } from "vitest";
import { objectName, parseTarget } from "./kind.ts";

describe("what people write", () => {
  test.each([
    [["hosts"], "Host", []],
    [["ho"], "Host", []],
    [["host", "a", "b"], "Host", ["a", "b"]],
    [["host/a", "host/b"], "Host", ["a", "b"]],
    [["pol", "x"], "FleetPolicy", ["x"]],
    [["FleetPolicy", "x"], "FleetPolicy", ["x"]],
    [["fleetpolicy/x"], "FleetPolicy", ["x"]],
    [["ag/office"], "AddressGroup", ["office"]],
    [["rev/7"], "Revision", ["7"]],
    [["net"], "Network", []],
  ])("%j", (words, kind, names) => {
    const target = parseTarget(words);
    expect([target.kind.kind, target.names]).toEqual([kind, names]);
  });
});

describe("refused", () => {
  test.each([
    [["pods"], '"pods" is not one of the kinds'],
    [["host/"], '"host/" is not KIND/NAME'],
    [["host/a/b"], '"host/a/b" is not KIND/NAME'],
    [["host/a", "policy/b"], "one kind at a time"],
    [["host/a", "b"], '"b" is not KIND/NAME'],
    [["host", "policy/b"], '"policy/b" is not a name'],
  ])("%j", (words, message) => {
    expect(() => parseTarget(words)).toThrow(message);
  });

  test("a kind that the verb does not take", () => {
    expect(() => parseTarget(["rev", "7"], ["Host"])).toThrow(
      '"rev" is not one of the kinds hosts',
    );
  });
});

test("output names what input takes", () => {
  expect(objectName("FleetPolicy", "web")).toBe("fleetpolicy/web");
  expect(objectName("Rollout", "r1")).toBe("rollout/r1");
});
