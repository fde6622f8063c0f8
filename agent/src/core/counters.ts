import type { Family } from "@seawall/policy";
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
type Counted = readonly { readonly rules: readonly { readonly origin?: Origin }[] }[];

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
  /** What was last read from each iptables rule, by chain and hash. */
  readonly seen: ReadonlyMap<string, Count>;
}

export const emptyTally: Tally = { totals: new Map(), seen: new Map() };

/** What was read of a table, as far as it counts. */
interface CountingTable {
  readonly chains: ReadonlyMap<
    string,
    { readonly rules: readonly (Count & { readonly hash?: string })[] }
  >;
}

/** Adds what the rules of one table counted since the last reading. */
export function addCounts(
  tally: Tally,
  place: CountedPlace,
  chains: readonly HashedChain[],
  observed: CountingTable,
): Tally {
  const { family } = place;
  const totals = new Map(tally.totals);
  const seen = new Map(tally.seen);
  for (const { name, rules } of chains) {
    const origins = new Map(rules.map(({ hash, origin }) => [hash, origin]));
    for (const { hash, packets, bytes } of observed.chains.get(name)?.rules ?? []) {
      const origin = hash === undefined ? undefined : origins.get(hash);
      if (hash === undefined || origin === undefined) continue;
      const instance = instanceKey(place, name, hash);
      const grown = growth(seen.get(instance), { packets, bytes });
      seen.set(instance, { packets, bytes });
      const key = originKey(family, origin);
      const before = totals.get(key) ?? { packets: 0, bytes: 0 };
      totals.set(key, {
        ...{ ...origin, family },
        packets: before.packets + grown.packets,
        bytes: before.bytes + grown.bytes,
      });
    }
  }
  return { totals, seen };
}

// A counter that went back was reset by somebody: what it shows now has all come since.
function growth(before: Count | undefined, now: Count): Count {
  if (before === undefined || now.packets < before.packets || now.bytes < before.bytes) return now;
  return { packets: now.packets - before.packets, bytes: now.bytes - before.bytes };
}

/** These chains start at zero again. */
export function forgetChains(tally: Tally, place: CountedPlace, chains: readonly string[]): Tally {
  const gone = new Set(chains.map((chain) => chainKey(place, chain)));
  const kept = [...tally.seen].filter(([key]) => !gone.has(key.slice(0, key.lastIndexOf(" "))));
  return { totals: tally.totals, seen: new Map(kept) };
}

/** Drops what was counted for rules that are in force no more, or networks that come and go would pile up. */
export function keepCountsOf(tally: Tally, chains: Readonly<Record<Family, Counted>>): Tally {
  const inForce = new Set(
    families.flatMap((family) =>
      countsOf(tally, family, chains[family]).map((count) => originKey(family, count)),
    ),
  );
  const kept = [...tally.totals].filter(([key]) => inForce.has(key));
  return { totals: new Map(kept), seen: tally.seen };
}

/** The counts of the rules that are in force, in their order; a rule that never matched counts zero. */
export function countsOf(tally: Tally, family: Family, chains: Counted): readonly RuleCount[] {
  const counts = new Map<string, RuleCount>();
  for (const { origin } of chains.flatMap(({ rules }) => rules)) {
    if (origin === undefined) continue;
    const key = originKey(family, origin);
    counts.set(key, tally.totals.get(key) ?? { ...origin, family, packets: 0, bytes: 0 });
  }
  return [...counts.values()];
}

function instanceKey(place: CountedPlace, chain: string, hash: string): string {
  return `${chainKey(place, chain)} ${hash}`;
}

function chainKey({ family, table }: CountedPlace, chain: string): string {
  return `${family} ${table} ${chain}`;
}

// What an audited rule would have denied is not what it denies once it is enforced, and neither is what got past it.
function originKey(family: Family, origin: Origin): string {
  const { policy, rule, direction, network, audited = false, guard = false } = origin;
  return JSON.stringify([family, policy, rule, direction, network, audited, guard]);
}
