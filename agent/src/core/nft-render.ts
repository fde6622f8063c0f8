import type { Family, ResolvedState } from "@seawall/policy";
import type { LayoutChain } from "./layout.ts";
import { nftChains } from "./nft-chains.ts";
import { hashNftRules, type NftRule } from "./nft-hash.ts";
import { nftChainName } from "./nft-names.ts";
import type { Hook, NftChain, NftTable } from "./nft-table.ts";
import { asIs, type Rendered, type RenderOptions } from "./render.ts";
import { deciding } from "./render-layout.ts";
import { problemsOf } from "./render-problems.ts";
import { emptyRuleset, families, inputChain, outputChain, topChain } from "./ruleset.ts";

/**
 * The table of nftables that enforces a resolved state. There is no guard in it: nobody else writes to it, and
 * whoever accepts a packet elsewhere does not take it past us.
 */
export function renderNft(
  state: ResolvedState,
  { nflog }: Pick<RenderOptions, "nflog"> = {},
  share = asIs,
): Rendered {
  const problems = problemsOf(state);
  if (problems.length > 0) return { kind: "refused", problems };
  const layouts = share(
    families.map((family) => ({ family, layout: deciding(state, family, nflog) })),
  );
  const parts = layouts.map(({ family, layout }) => nftChains(layout, family));
  const nft: NftTable = {
    chains: [
      ...hookChain("forward", topChain, layouts),
      ...hookChain("input", inputChain, layouts),
      ...hookChain("output", outputChain, layouts),
      ...parts.flatMap(({ chains }) => chains),
    ],
    sets: parts.flatMap(({ sets }) => sets),
    maps: parts.flatMap(({ maps }) => maps),
  };
  return { kind: "ruleset", ruleset: { ...emptyRuleset, nft } };
}

interface FamilyLayout {
  readonly family: Family;
  readonly layout: readonly LayoutChain[];
}

/** Where the kernel asks us; none where no family has anything to say. */
function hookChain(
  hook: Hook,
  entry: string,
  layouts: readonly FamilyLayout[],
): readonly NftChain[] {
  const rules = layouts
    .filter(({ layout }) => layout.some(({ name }) => name === entry))
    .map(({ family }): NftRule => {
      const does = `goto ${nftChainName(family, entry)}`;
      return { match: `meta nfproto ${family.toLowerCase()}`, does, label: family };
    });
  return rules.length === 0 ? [] : [{ name: hook, hook, rules: hashNftRules(hook, rules) }];
}
