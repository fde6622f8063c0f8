import type { Family } from "@seawall/policy";
import { hooksOf } from "./hooks.ts";
import { tableName } from "./nft-table.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import type { ObservedNftTable } from "./parse-nft.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families, tables, topChain } from "./ruleset.ts";

/** A place where the kernel leads packets into our rules, as it was read back. */
export interface Entry {
  /** `inet`: both, in our table of nftables. */
  readonly family: Family | "inet";
  readonly table: string;
  /** That the jump stands in; in nftables what it hangs at. */
  readonly chain: string;
  readonly leadsTo: string;
  /** Of the jump, 1-based; 0: it is missing, or there is none because it is nftables. */
  readonly position: number;
  /** In nftables: lower is asked first, and filter is 0. Elsewhere 0. */
  readonly priority: number;
}

/** Every place by which packets come, or should come, to the chains of ours that are in the kernel. */
export function entriesOf(observed: ObservedTables): readonly Entry[] {
  const { nft = "absent" } = observed;
  return [
    ...families.flatMap((family) => {
      const found = observed[family];
      return found === "absent" ? [] : [...dockerEntries(family, found), ...ours(family, found)];
    }),
    ...(nft === "absent" ? [] : nftEntries(nft)),
  ];
}

/** Docker's own jump is the way to ours. */
function dockerEntries(family: Family, { tables, forward }: ObservedFamily): readonly Entry[] {
  if (!tables.filter.chains.has(topChain)) return [];
  const position = forward.jumps[0] ?? 0;
  const place = { table: "filter", chain: "FORWARD", leadsTo: "DOCKER-USER" };
  return [{ family, ...place, position, priority: 0 }];
}

function ours(family: Family, found: ObservedFamily): readonly Entry[] {
  return tables.flatMap((table) => {
    const { chains, jumps } = found.tables[table];
    return hooksOf(table).flatMap(({ parent, chain }): readonly Entry[] => {
      const position = jumps.get(parent)?.[0]?.position ?? 0;
      if (position === 0 && !chains.has(chain)) return [];
      return [{ family, table, chain: parent, leadsTo: chain, position, priority: 0 }];
    });
  });
}

function nftEntries({ chains }: ObservedNftTable): readonly Entry[] {
  return [...chains.values()].flatMap(({ name, base }): readonly Entry[] => {
    // As `filter forward -10 accept`.
    const [, hook, priority] = base?.split(" ") ?? [];
    if (hook === undefined) return [];
    const place = { family: "inet", table: tableName, chain: hook, leadsTo: name } as const;
    return [{ ...place, position: 0, priority: Number(priority) }];
  });
}
