import type { Family } from "@seawall/policy";
import type { HashedChain } from "./hashed-chain.ts";

/** Our table of nftables, `inet seawall`, as it is written. It is ours alone: nothing of others stands in it. */
export interface NftTable {
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
  readonly maps: readonly NftMap[];
}

export interface NftChain extends HashedChain {
  /** The kernel asks it; else only other chains lead here. */
  readonly hook?: Hook;
  /** Whose packets come here; absent: both. */
  readonly family?: Family;
}

/** What of a packet's way through the host. */
export type Hook = "forward" | "input" | "output";

/** Addresses that rules name together. */
export interface NftSet {
  readonly name: string;
  readonly family: Family;
  readonly cidrs: readonly string[];
  readonly digest: string;
}

/** Leads by interface. */
export interface NftMap {
  readonly name: string;
  readonly by: "iifname" | "oifname";
  readonly entries: readonly NftMapEntry[];
  readonly digest: string;
}

export interface NftMapEntry {
  readonly at: string;
  /** Never back to the rule with the map: `return`, or `goto` and a chain. */
  readonly verdict: string;
}

export const tableName = "seawall";

/** Ahead of whatever others do in filter (0), Docker above all. A drop here is final. */
export const basePriority = -10;

export const emptyNftTable: NftTable = { chains: [], sets: [], maps: [] };

/** Nothing of it: there is to be no table. */
export function isEmptyTable({ chains }: NftTable): boolean {
  return chains.length === 0;
}
