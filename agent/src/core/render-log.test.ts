import { describe, expect, test } from "vitest";
import { logPrefix } from "./render-log.ts";

describe("what a log entry is found by", () => {
  test.each<[string, Parameters<typeof logPrefix>, string]>([
    ["the verdict and the rule", ["Deny", false, "shop", "block"], "deny shop/block"],
    ["a rule without a name", ["Allow", false, "shop", "rules[3]"], "allow shop/rules[3]"],
    ["what is only counted", ["Reject", true, "trial", "block"], "audit reject trial/block"],
    [
      "as long as fits",
      ["Pass", false, "p".repeat(28), "r".repeat(29)],
      `pass ${"p".repeat(28)}/${"r".repeat(29)}`,
    ],
    [
      "cut, with a hash",
      ["Pass", false, "p".repeat(28), "r".repeat(30)],
      `pass ${"p".repeat(28)}/${"r".repeat(20)}=9a1761e8`,
    ],
    [
      "what could end the argument, with a hash",
      ["Deny", false, "shop", 'a" -j ACCEPT\n'],
      "deny shop/a_ -j ACCEPT_=90872fd2",
    ],
  ])("%s", (_, args, prefix) => {
    expect(logPrefix(...args)).toBe(prefix);
    expect(prefix.length).toBeLessThanOrEqual(63);
  });

  test("names that are cut alike are told apart", () => {
    const long = "x".repeat(60);
    expect(logPrefix("Deny", false, "p", `${long}1`)).not.toBe(
      logPrefix("Deny", false, "p", `${long}2`),
    );
  });
});
