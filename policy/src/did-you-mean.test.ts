import { expect, test } from "vitest";
import { closest } from "./did-you-mean.ts";

const fields = ["name", "action", "from", "ports", "log", "hostSelector", "protocol"];

test.for([
  ["prots", "ports"],
  ["port", "ports"],
  ["hostselector", "hostSelector"],
  ["hostSelectors", "hostSelector"],
  ["prot", "protocol"],
  ["form", "from"],
  ["logs", "log"],
  ["zzz", undefined],
  ["", undefined],
  ["egress", undefined],
])("%s: %s", ([text, meant]) => {
  expect(closest(text ?? "", fields)).toBe(meant);
});
