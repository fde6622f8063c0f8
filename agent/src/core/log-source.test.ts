import { describe, expect, test } from "vitest";
import type { RuleCount } from "./counters.ts";
import { isAskedFor, type LogSource, logSource, matchedBetween } from "./log-source.ts";
import { logPrefix } from "./render-log.ts";

describe("a prefix names what told", () => {
  test.each<[string, LogSource | undefined]>([
    ["deny shop/block", { kind: "rule", action: "Deny", policy: "shop", rule: "block" }],
    ["reject shop/default", { kind: "rule", action: "Reject", policy: "shop", rule: "default" }],
    ["pass shop/rules[3]", { kind: "rule", action: "Pass", policy: "shop", rule: "rules[3]" }],
    [
      "audit allow trial/a/b",
      { kind: "rule", action: "Allow", policy: "trial", rule: "a/b", audited: true },
    ],
    ["deny held", { kind: "held" }],
    ["deny", undefined],
    ["drop shop/block", undefined],
    ["constructor shop/block", undefined],
    ["audit held", undefined],
    ["ssh attempt: ", undefined],
    ["", undefined],
  ])("%s", (prefix, source) => {
    expect(logSource(prefix)).toEqual(source);
  });

  test("whatever is rendered is understood", () => {
    const rule = { action: "Deny", policy: "shop", rule: "block", audited: true } as const;
    expect(logSource(logPrefix(rule))).toEqual({ kind: "rule", ...rule });
  });
});

describe("of what is asked for", () => {
  const names = [
    "deny p/r",
    "reject p/r",
    "audit deny p/r",
    "allow p/r",
    "audit pass p/r",
    "deny held",
  ];
  test.each([
    [{ denied: false, audited: false }, names],
    [{ denied: true, audited: false }, ["deny p/r", "reject p/r", "deny held"]],
    [{ denied: false, audited: true }, ["audit deny p/r"]],
    [{ denied: true, audited: true }, ["deny p/r", "reject p/r", "audit deny p/r", "deny held"]],
  ])("%o", (filter, asked) => {
    const found = names.filter((name) => {
      const source = logSource(name);
      return source !== undefined && isAskedFor(source, filter);
    });
    expect(found).toEqual(asked);
  });
});

describe("how many packets the rules have matched in between", () => {
  const counted = (packets: number, rest: Partial<RuleCount> = {}): RuleCount => ({
    ...{ family: "IPv4", policy: "p", rule: "r", direction: "ingress", network: "shop" },
    ...{ packets, bytes: 0, logged: "deny p/r" },
    ...rest,
  });
  const silent: RuleCount = {
    ...{ family: "IPv4", policy: "p", rule: "web", direction: "ingress", network: "shop" },
    ...{ packets: 500, bytes: 0 },
  };
  test.each<[string, readonly RuleCount[], readonly RuleCount[], number]>([
    ["since the reading before", [counted(5)], [counted(12)], 7],
    ["all of a rule that is new", [], [counted(12)], 12],
    ["all since a rule was put back", [counted(50)], [counted(12)], 12],
    ["none of a rule that is gone", [counted(50)], [], 0],
    [
      "each network and family by itself",
      [counted(5), counted(1, { network: "blog" })],
      [counted(6), counted(3, { network: "blog" }), counted(4, { family: "IPv6" })],
      7,
    ],
    ["not of rules that do not tell", [], [silent], 0],
    ["not of others than are asked for", [], [counted(9, { logged: "audit deny p/r" })], 0],
  ])("%s", (_, before, after, matched) => {
    expect(matchedBetween(before, after, { denied: true, audited: false })).toBe(matched);
  });
});
