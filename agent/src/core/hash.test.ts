import { describe, expect, it } from "vitest";
import { hashRuleset } from "./hash.ts";
import type { Rule } from "./ruleset.ts";

const rule = (port: string): Rule => ({
  match: ["--dport", port],
  target: { kind: "drop" },
  label: "p/r",
});

function hashesOf(name: string, ...rules: readonly Rule[]): readonly string[] {
  const { IPv4 } = hashRuleset({ IPv4: [{ name, rules }], IPv6: [] });
  return IPv4.flatMap((chain) => chain.rules.map(({ hash }) => hash));
}

describe("the chained hash", () => {
  const [first, second] = hashesOf("C", rule("1"), rule("2"));

  it("does not depend on what comes behind", () => {
    expect(hashesOf("C", rule("1"))).toEqual([first]);
  });

  it("depends on the chain and on everything before", () => {
    expect(hashesOf("D", rule("1"))[0]).not.toBe(first);
    expect(hashesOf("C", rule("3"), rule("2"))[1]).not.toBe(second);
    expect(hashesOf("C", rule("2"))[0]).not.toBe(second);
  });
});

describe("the text of a rule", () => {
  it("is never written with a word that could end the argument or the line", () => {
    for (const port of ["80 -j ACCEPT", "80\n-A X", '"', ""]) {
      expect(() => hashesOf("C", rule(port))).toThrow("not a word of an iptables rule");
    }
  });

  it("has a comment that iptables will not cut", () => {
    const long: Rule = { match: [], target: { kind: "return" }, label: "é".repeat(500) };
    const { IPv4 } = hashRuleset({ IPv4: [{ name: "C", rules: [long] }], IPv6: [] });
    const comment = /"(.*)"/.exec(IPv4[0]?.rules[0]?.text ?? "")?.[1];
    expect(comment).toMatch(/^sw:[A-Za-z0-9_-]{16} _+$/);
    expect(comment).toHaveLength(255);
  });
});
