import { type Family, remembered } from "@seawall/policy";
import type { HashedChain } from "./hashed-chain.ts";
import type { Origin } from "./origin.ts";
import { families, type Ruleset, type Table, tables } from "./ruleset.ts";

/** How much one policy rule has matched in one family since the agent began to count. */
export interface RuleCount extends Origin {
  readonly family: Family;
  readonly packets: number;
  readonly bytes: number;
}

/** Chains whose rules count, in the order in which they are asked. */
type Counted = readonly CountedChain[];
interface CountedChain {
  readonly rules: readonly { readonly origin?: Origin }[];
}

/** Where chains count: a table of iptables, or ours of nftables. */
export interface CountedPlace {
  readonly family: Family;
  readonly table: Table | "inet";
}

/** Everything of a ruleset that counts in one family. */
export function countedChains({ chains, nft }: Ruleset, family: Family): Counted {
  return [
    ...tables.flatMap((table) => chains[family][table]),
    ...nft.chains.filter((chain) => chain.family === family),
  ];
}

interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/**
 * Counts that outlive the iptables rules they were read from. The kernel starts at zero with every
 * rewritten chain; here what was read is added up. What a chain counted between the last reading and
 * its rewrite is lost.
 */
export interface Tally {
  readonly totals: ReadonlyMap<string, RuleCount>;
  /** What was last read from each iptables rule, by chain, then by hash. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<string, Count>>;
}

export const emptyTally: Tally = { totals: new Map(), seen: new Map() };

/** What was read of a table, as far as it counts. */
interface CountingTable {
  readonly chains: ReadonlyMap<
    string,
    { readonly rules: readonly (Count & { readonly hash?: string })[] }
  >;
}

/** Adds what the rules of one table counted since the last reading. The same tally where that is nothing. */
export function addCounts(
  tally: Tally,
  place: CountedPlace,
  chains: readonly HashedChain[],
  observed: CountingTable,
): Tally {
  const { family } = place;
  const totals = new Map(tally.totals);
  const seen = new Map(tally.seen);
  let hasGrown = false;
  for (const chain of chains) {
    const origins = originsIn(chain);
    if (origins.size === 0) continue;
    const key = chainKey(place, chain.name);
    const counts = new Map(seen.get(key));
    // Where a chain stands twice (commit.ts), nothing comes to the second one.
    const read = new Set<string>();
    for (const { hash = "", packets, bytes } of observed.chains.get(chain.name)?.rules ?? []) {
      const origin = origins.get(hash);
      if (origin === undefined || read.has(hash)) continue;
      read.add(hash);
      const grown = growth({ packets, bytes }, counts.get(hash));
      if (grown === undefined) continue;
      hasGrown = true;
      counts.set(hash, { packets, bytes });
      addTo(totals, family, origin, grown);
    }
    seen.set(key, counts);
  }
  return hasGrown ? { totals, seen } : tally;
}

const originsIn = remembered(
  ({ rules }: HashedChain): ReadonlyMap<string, Origin> =>
    new Map(rules.flatMap(({ hash, origin }) => (origin === undefined ? [] : [[hash, origin]]))),
);

function addTo(
  totals: Map<string, RuleCount>,
  family: Family,
  origin: Origin,
  { packets, bytes }: Count,
): void {
  const key = originKey(origin, family);
  const before = totals.get(key) ?? { packets: 0, bytes: 0 };
  totals.set(key, {
    ...{ ...origin, family },
    packets: before.packets + packets,
    bytes: before.bytes + bytes,
  });
}

const noCount: Count = { packets: 0, bytes: 0 };

// A counter that went back was reset by somebody: what it shows now has all come since.
function growth(now: Count, before: Count = noCount): Count | undefined {
  if (now.packets === before.packets && now.bytes === before.bytes) return undefined;
  if (now.packets < before.packets || now.bytes < before.bytes) return now;
  return { packets: now.packets - before.packets, bytes: now.bytes - before.bytes };
}

/** These chains start at zero again. */
export function forgetChains(tally: Tally, place: CountedPlace, chains: readonly string[]): Tally {
  const seen = new Map(tally.seen);
  for (const chain of chains) seen.delete(chainKey(place, chain));
  return { totals: tally.totals, seen };
}

/** Drops what was counted for rules that are in force no more, or networks that come and go would pile up. */
export function keepCountsOf(tally: Tally, chains: Readonly<Record<Family, Counted>>): Tally {
  const inForce = new Set(
    families.flatMap((family) =>
      chains[family].flatMap((chain) => [...countedIn(chain, family).keys()]),
    ),
  );
  const totals = new Map([...tally.totals].filter(([key]) => inForce.has(key)));
  return totals.size === tally.totals.size ? tally : { totals, seen: tally.seen };
}

/** The counts of the rules that are in force, in their order; a rule that never matched counts zero. */
export function countsOf(tally: Tally, family: Family, chains: Counted): readonly RuleCount[] {
  const counts = new Map<string, RuleCount>();
  for (const chain of chains) {
    for (const [key, none] of countedIn(chain, family)) {
      counts.set(key, tally.totals.get(key) ?? none);
    }
  }
  return [...counts.values()];
}

/** What counts in a chain, before it has counted. */
const countedIn = remembered(
  ({ rules }: CountedChain, family: Family): ReadonlyMap<string, RuleCount> =>
    new Map(
      rules.flatMap(({ origin }) =>
        origin === undefined
          ? []
          : [[originKey(origin, family), { ...origin, family, packets: 0, bytes: 0 }]],
      ),
    ),
);

function chainKey({ family, table }: CountedPlace, chain: string): string {
  return `${family} ${table} ${chain}`;
}

// What an audited rule would have denied is not what it denies once it is enforced, and neither is what got past it, nor what
// it let through before.
const originKey = remembered((origin: Origin, family: Family): string => {
  const { policy, rule, direction, network, audited = false, guard = false, lets } = origin;
  const key = [family, policy, rule, direction, network, audited, guard];
  return JSON.stringify(lets === undefined ? key : [...key, "lets"]);
});
