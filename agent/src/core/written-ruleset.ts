import type { Family } from "@seawall/policy";
import { hashRuleset, type SetName } from "./hash.ts";
import type { HashedChain } from "./hashed-chain.ts";
import type { NftTable } from "./nft-table.ts";
import type { PerTable, Ruleset } from "./ruleset.ts";
import { setDigest } from "./set-digest.ts";

/** A set under the name that it has in the kernel. */
export interface NamedSet {
  readonly key: string;
  readonly name: string;
  readonly cidrs: readonly string[];
  readonly digest: string;
}

/** One family's rules as they are written, with the sets that they name. */
export interface WrittenFamily {
  readonly chains: PerTable<readonly HashedChain[]>;
  readonly sets: readonly NamedSet[];
}

export interface WrittenRuleset extends Readonly<Record<Family, WrittenFamily>> {
  readonly nft: NftTable;
}

export function writeRuleset(ruleset: Ruleset, nameOf: SetName): WrittenRuleset {
  const chains = hashRuleset(ruleset, nameOf);
  const family = (name: Family): WrittenFamily => ({
    chains: chains[name],
    sets: ruleset.sets[name].map(({ key, cidrs }) => ({
      key,
      name: nameOf(name, key),
      cidrs,
      digest: setDigest(cidrs),
    })),
  });
  return { IPv4: family("IPv4"), IPv6: family("IPv6"), nft: ruleset.nft };
}
