import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dispatched, dispatchChains } from "./iptables-dispatch.ts";
import type { Chain, MatchWord, Rule } from "./ruleset.ts";

const entry = (at: string): Dispatched => ({
  at,
  rules: [{ match: ["-i", at], target: { kind: "goto", chain: `to ${at}` }, label: at }],
});

/** Where traffic at an interface is led, and how many rules were looked at. */
function walk(
  chains: readonly Chain[],
  at: string,
): { readonly to?: string; readonly steps: number } {
  let steps = 0;
  let chain = chains.at(0);
  for (;;) {
    const found: Rule | undefined = chain?.rules.find(({ match }) => {
      steps += 1;
      return fits(match[1], at);
    });
    if (found === undefined || !("chain" in found.target)) return { steps };
    const next = found.target.chain;
    if (next.startsWith("to ")) return { to: next.slice(3), steps };
    chain = chains.find(({ name }) => name === next);
  }
}

function fits(word: MatchWord | undefined, at: string): boolean {
  if (word === undefined) return true;
  if (typeof word === "string") return word === at;
  return "begins" in word && at.startsWith(word.begins);
}

const names = fc.uniqueArray(
  fc.oneof(
    fc.stringMatching(/^br-[0-9a-f]{12}$/),
    fc.stringMatching(/^br-[0-9a-f]{1,4}$/),
    fc.constantFrom("docker0", "br", "br-", "lan", "lan1", "lan12"),
  ),
  { maxLength: 60 },
);

test("every interface is led where it belongs, and every other one nowhere", () => {
  fc.assert(
    fc.property(names, names, (known, others) => {
      const chains = dispatchChains("SEAWALL-IN", "from", known.map(entry));
      for (const name of known) expect(walk(chains, name).to).toBe(name);
      for (const name of others.filter((other) => !known.includes(other))) {
        expect(walk(chains, name).to).toBeUndefined();
      }
      const all = chains.map(({ name }) => name);
      expect(new Set(all).size).toBe(all.length);
      expect(all.filter((name) => name.length > 28)).toEqual([]);
    }),
  );
});

test("400 bridges cost little more than 4", () => {
  const many = Array.from({ length: 400 }, (_, n) => {
    const hex = Math.imul(n + 1, 0x9e37_79b1) >>> 0;
    return `br-${hex.toString(16).padStart(8, "0")}0000`;
  });
  const chains = dispatchChains("SEAWALL-IN", "from", many.map(entry));
  expect(Math.max(...many.map((name) => walk(chains, name).steps))).toBeLessThan(40);
  expect(walk(chains, "eth0").steps).toBe(1);
});

test("what fits nowhere meets the end, whichever way it went", () => {
  const end: Rule = { match: [], target: { kind: "goto", chain: "to the end" }, label: "end" };
  const known = ["br-00", "br-01", "br-10", "br-11", "br-2"];
  const chains = dispatchChains("SEAWALL-IN", "from", known.map(entry), [end]);
  expect(["br-02", "br-3", "eth0"].map((name) => walk(chains, name).to)).toEqual([
    ...["the end", "the end", "the end"],
  ]);
});
