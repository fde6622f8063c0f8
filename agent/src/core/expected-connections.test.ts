import { expect, test } from "vitest";
import { mayHaveExpected } from "./expected-connections.ts";

const names = "entries  clashres found new icmp_error  expect_new expect_create expect_delete\n";
const none = "00000021  00000001 00000002 00000003 00000000  00000000 00000004 00000004\n";
const one = "00000021  00000001 00000002 00000003 00000000  0000000a 00000004 00000004\n";

test.each<[string, string, boolean]>([
  ["none on any processor, though some were awaited", names + none + none, false],
  ["some on the second", names + none + one, true],
  ["another kernel, which does not count them", "entries  found\n00000001  00000001\n", true],
  ["a line that ends too soon", `${names}00000021\n`, true],
  ["names alone", names, true],
  ["nothing", "", true],
])("%s", (_, stat, expected) => {
  expect(mayHaveExpected(stat)).toBe(expected);
});
