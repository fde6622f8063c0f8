import { type Family, remembered } from "@seawall/policy";
import type { DispatchChain, Dispatched, LayoutChain, LayoutRule, ListChain } from "./layout.ts";
import { mapDigest, mapEntryText } from "./map-digest.ts";
import { hashNftRules, type NftRule, nftTarget } from "./nft-hash.ts";
import { interfaceWord, nftMatch } from "./nft-match.ts";
import { nftBranchName, nftChainName, nftSetName } from "./nft-names.ts";
import type { NftChain, NftMapEntry, NftTable } from "./nft-table.ts";
import { namedSets } from "./render-sets.ts";
import { setDigest } from "./set-digest.ts";

/** What of our table does for one family what these chains do. */
export function nftChains(layout: readonly LayoutChain[], family: Family): NftTable {
  const parts = layout.map((chain) =>
    chain.kind === "list"
      ? { chains: [listing(chain, family)], maps: [] }
      : dispatching(chain, family),
  );
  return {
    chains: parts.flatMap(({ chains }) => chains),
    maps: parts.flatMap(({ maps }) => maps),
    sets: namedSets(layout).map(({ key, cidrs }) => ({
      name: nftSetName(family, key),
      family,
      cidrs,
      digest: setDigest(cidrs),
    })),
  };
}

const listing = remembered(
  ({ name, rules }: ListChain, family: Family): NftChain =>
    chainOf(nftChainName(family, name), rules, family),
);

function chainOf(name: string, rules: readonly LayoutRule[], family: Family): NftChain {
  return {
    name,
    family,
    rules: hashNftRules(
      name,
      rules.map((rule) => ruleOf(rule, family)),
    ),
  };
}

function ruleOf({ match, target, label, origin }: LayoutRule, family: Family): NftRule {
  return {
    match: nftMatch(match, family),
    does: nftTarget(target, origin !== undefined, family),
    label,
    ...(origin === undefined ? {} : { origin }),
  };
}

/**
 * A map finds the interface whatever their number. Where it leads is left by goto, as the layout wants it: so what
 * happens to what fits nowhere stands behind the rules of each interface as well.
 */
const dispatching = remembered(
  (
    { name, end, entries, rest }: DispatchChain,
    family: Family,
  ): Pick<NftTable, "chains" | "maps"> => {
    const chain = nftChainName(family, name);
    const branches = entries.map((entry) => branchOf(entry, name, rest, family));
    const led = branches.map(({ entry }) => entry);
    const match = `${interfaceWord[end]} vmap @${chain}`;
    const ask: NftRule = { match, does: "", label: "by interface" };
    const rules = hashNftRules(chain, [ask, ...rest.map((rule) => ruleOf(rule, family))]);
    return {
      chains: [{ name: chain, family, rules }, ...branches.flatMap(({ chains }) => chains)],
      maps: [
        {
          name: chain,
          by: interfaceWord[end],
          entries: led,
          digest: mapDigest(led.map(({ at, verdict }) => mapEntryText(at, verdict))),
        },
      ],
    };
  },
);

function branchOf(
  { at, rules }: Dispatched,
  name: string,
  rest: readonly LayoutRule[],
  family: Family,
): { readonly entry: NftMapEntry; readonly chains: readonly NftChain[] } {
  const [first] = rules;
  // Whatever is at this interface goes one way.
  if (
    first?.match.length === 0 &&
    (first.target.kind === "goto" || first.target.kind === "return")
  ) {
    return { entry: { at, verdict: nftTarget(first.target, false, family) }, chains: [] };
  }
  const chain = nftBranchName(family, name, at);
  return {
    entry: { at, verdict: `goto ${chain}` },
    chains: [chainOf(chain, [...rules, ...rest], family)],
  };
}
