import { describe, expect, it } from "vitest";
import { hashRuleset } from "./hash.ts";
import { type Chain, emptyRuleset, type Rule } from "./ruleset.ts";

const rule = (port: string): Rule => ({
  match: ["--dport", port],
  target: { kind: "drop" },
  label: "p/r",
});

function hashed(chain: Chain, nameOf = (family: string, key: string) => `${family}-${key}`) {
  const IPv4 = { filter: [chain], security: [] };
  const ruleset = { ...emptyRuleset, chains: { ...emptyRuleset.chains, IPv4 } };
  return hashRuleset(ruleset, nameOf).IPv4.filter.flatMap(({ rules }) => rules);
}

function hashesOf(name: string, ...rules: readonly Rule[]): readonly string[] {
  return hashed({ name, rules }).map(({ hash }) => hash);
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
    const comment = /"(.*)"/.exec(hashed({ name: "C", rules: [long] })[0]?.text ?? "")?.[1];
    expect(comment).toMatch(/^sw:[A-Za-z0-9_-]{16} _+$/);
    expect(comment).toHaveLength(255);
  });

  it("names a set as it is called in the kernel, and changes with that name", () => {
    const match = ["-m", "set", "--match-set", { set: "key" }, "src"];
    const chain: Chain = { name: "C", rules: [{ ...rule("1"), match }, rule("2")] };
    const before = hashed(chain);
    const after = hashed(chain, () => "other");
    expect(before[0]?.text).toContain("--match-set IPv4-key src ");
    expect(after[0]?.text).toContain("--match-set other src ");
    expect(before[1]?.hash).not.toBe(after[1]?.hash);
  });

  it("names all interfaces that begin so", () => {
    const match = ["-i", { begins: "br-0" }];
    const text = hashed({ name: "C", rules: [{ ...rule("1"), match }] })[0]?.text;
    expect(text).toMatch(/^-i br-0\+ -m comment /);
  });

  it.each([
    ["a quote", '"'],
    ["a line break", "a\nb"],
    ["nothing", ""],
    ["64 characters", "a".repeat(64)],
  ])("never has a log prefix with %s", (_, prefix) => {
    const rules = [{ ...rule("1"), target: { kind: "log", prefix } as const }];
    expect(() => hashed({ name: "C", rules })).toThrow("not a prefix of a log entry");
  });
});
