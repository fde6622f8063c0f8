import { describe, expect, test } from "vitest";
import { isFilled } from "./found-rules.ts";
import type { NftTable } from "./nft-table.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import type { ObservedNftTable } from "./parse-nft.ts";
import { parseSave } from "./parse-save.ts";
import { renderIn } from "./render-in.ts";
import { emptyRuleset, families, type Ruleset, tables } from "./ruleset.ts";
import { setDigest } from "./set-digest.ts";
import { resolvedStates, stateNames } from "./testing/resolved-states.ts";

// By this, an empty chain tells of somebody who has flushed it.
test.each(stateNames)("no chain is written without rules: %s", (name) => {
  for (const enforcement of ["iptables", "nftables"] as const) {
    const rendered = renderIn(enforcement, resolvedStates[name], { ipset: "available" });
    if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
    const { chains, nft } = rendered.ruleset;
    const ofIptables = families.flatMap((family) =>
      tables.flatMap((table) => chains[family][table]),
    );
    const empty = [...ofIptables, ...nft.chains].filter(({ rules }) => rules.length === 0);
    expect(empty).toEqual([]);
    expect(nft.maps.filter(({ entries }) => entries.length === 0)).toEqual([]);
    expect(nft.sets.filter(({ cidrs }) => cidrs.length === 0)).toEqual([]);
  }
});

function inNftables(name: (typeof stateNames)[number]): Ruleset {
  const rendered = renderIn("nftables", resolvedStates[name], { ipset: "available" });
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  return rendered.ruleset;
}

/** As the kernel has it, when nobody has touched it. */
function untouched({ chains, sets, maps }: NftTable): ObservedNftTable {
  const rule = { text: "", packets: 0, bytes: 0 };
  const held = ({ name, digest }: { readonly name: string; readonly digest: string }) =>
    [name, { declaration: "", digest }] as const;
  return {
    isPlain: true,
    chains: new Map(
      chains.map(({ name, hook, rules }) => [
        name,
        { name, ...(hook && { base: `filter ${hook} -10 accept` }), rules: rules.map(() => rule) },
      ]),
    ),
    sets: new Map(sets.map(held)),
    maps: new Map(maps.map(held)),
  };
}

const nothingElse = { IPv4: "absent", IPv6: "absent", ipset: "missing" } as const;

const inTables = stateNames.filter((name) => inNftables(name).nft.chains.length > 0);

describe.each(inTables)("what shows of a table of nftables that is not whole: %s", (name) => {
  const least = inNftables(name);
  const whole = untouched(least.nft);
  const isWhole = (nft: ObservedNftTable) => isFilled(least, { ...nothingElse, nft });
  const nothing = setDigest([]);
  const isForwardAsked = least.nft.chains.some(({ hook }) => hook === "forward");

  test("nothing, where it is", () => {
    expect(isWhole(whole)).toBe(true);
  });

  test.each(["sets", "maps"] as const)("that one of its %s was emptied", (kind) => {
    for (const [key, held] of whole[kind]) {
      const emptied = new Map(whole[kind]).set(key, { ...held, digest: nothing });
      expect(isWhole({ ...whole, [kind]: emptied }), key).toBe(false);
    }
  });

  test("that a chain was emptied", () => {
    for (const [key, chain] of whole.chains) {
      const emptied = new Map(whole.chains).set(key, { ...chain, rules: [] });
      expect(isWhole({ ...whole, chains: emptied }), key).toBe(false);
    }
  });

  const without = (hooks: RegExp): ObservedNftTable => {
    const left = [...whole.chains].filter(([, { base = "" }]) => !hooks.test(base));
    return { ...whole, chains: new Map(left) };
  };

  test("that the kernel asks none of it", () => {
    expect(isWhole(without(/./))).toBe(false);
  });

  test("that what is forwarded is not asked, where some of it is to be", () => {
    expect(isWhole(without(/ forward /))).toBe(!isForwardAsked);
  });

  test("not that nothing is asked of what is for the host: who knows more of it may need no rule there", () => {
    expect(isWhole(without(/ (?:in|out)put /))).toBe(isForwardAsked);
  });
});

test.each([
  ["that a rule asks was emptied", "SEAWALL-4-0a1b", [], false],
  ["that a rule asks has members", "SEAWALL-4-0a1b", ["198.51.100.0/24"], true],
  ["that no rule asks is empty", "SEAWALL-4-0a1b0", [], true],
] as const)("a set of ipset %s", (_, set, members, expected) => {
  const rule = "[0:0] -A SEAWALL -m set --match-set SEAWALL-4-0a1b src -j DROP";
  const text = ["*filter", ":SEAWALL - [0:0]", rule, "COMMIT", ""].join("\n");
  const observed: ObservedTables = {
    ...nothingElse,
    IPv4: parseSave(text, "nft"),
    ipset: new Map([[set, { plain: true, digest: setDigest(members) }]]),
  };
  expect(isFilled(emptyRuleset, observed)).toBe(expected);
});
