import { describe, expect, test } from "vitest";
import { type LoggedRule, logPrefix } from "./render-log.ts";

describe("what a log entry is found by", () => {
  test.each<[string, LoggedRule, string]>([
    [
      "the verdict and the rule",
      { action: "Deny", policy: "shop", rule: "block" },
      "deny shop/block",
    ],
    [
      "a rule without a name",
      { action: "Allow", policy: "shop", rule: "rules[3]" },
      "allow shop/rules[3]",
    ],
    [
      "what is only counted",
      { action: "Reject", audited: true, policy: "trial", rule: "block" },
      "audit reject trial/block",
    ],
    [
      "as long as fits",
      { action: "Pass", policy: "p".repeat(28), rule: "r".repeat(29) },
      `pass ${"p".repeat(28)}/${"r".repeat(29)}`,
    ],
    [
      "cut, with a hash",
      { action: "Pass", policy: "p".repeat(28), rule: "r".repeat(30) },
      `pass ${"p".repeat(28)}/${"r".repeat(20)}=9a1761e8`,
    ],
    [
      "what could end the argument, with a hash",
      { action: "Deny", policy: "shop", rule: 'a" -j ACCEPT\n' },
      "deny shop/a_ -j ACCEPT_=90872fd2",
    ],
  ])("%s", (_, logged, prefix) => {
    expect(logPrefix(logged)).toBe(prefix);
    expect(prefix.length).toBeLessThanOrEqual(63);
  });

  test("names that are cut alike are told apart", () => {
    const long = { action: "Deny", policy: "p", rule: "x".repeat(60) } as const;
    expect(logPrefix({ ...long, rule: `${long.rule}1` })).not.toBe(
      logPrefix({ ...long, rule: `${long.rule}2` }),
    );
  });
});
