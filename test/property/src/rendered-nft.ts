import { type NftTable, nftCommit, nftDiff, type Origin, renderNft } from "@seawall/agent/core";
import type { Family, ResolvedState } from "@seawall/policy";
import { emptyNftTables, type NftTextTable, runNft } from "./nft-tables.ts";
import { originKey } from "./rendered.ts";

/** A state as a table of nftables. */
export interface RenderedNft {
  /** What `nft -f` reads on a host that has no table of ours. */
  readonly text: string;
  readonly written: NftTable;
  readonly table: NftTextTable;
  readonly origins: Readonly<Record<Family, ReadonlyMap<string, Origin>>>;
}

export function renderedNft(state: ResolvedState): RenderedNft {
  const result = renderNft(state);
  if (result.kind === "refused") throw new Error(JSON.stringify(result));
  const { nft } = result.ruleset;
  const text = nftCommit(nft, "absent", nftDiff(nft, "absent"))?.text ?? "";
  const table = runNft(emptyNftTables, text).get("seawall") ?? noTable;
  return {
    text,
    written: nft,
    table,
    origins: { IPv4: originsOf(nft, "IPv4"), IPv6: originsOf(nft, "IPv6") },
  };
}

const noTable: NftTextTable = { chains: new Map(), sets: new Map(), maps: new Map() };

function originsOf({ chains }: NftTable, family: Family): ReadonlyMap<string, Origin> {
  return new Map(
    chains
      .filter((chain) => chain.family === family)
      .flatMap(({ name, rules }) =>
        rules.flatMap(({ text, origin }) =>
          origin === undefined ? [] : [[originKey({ chain: name, text }), origin] as const],
        ),
      ),
  );
}
