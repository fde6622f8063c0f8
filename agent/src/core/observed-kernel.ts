import type { Family } from "@seawall/policy";
import type { ObservedSets } from "./parse-ipset.ts";
import type { ObservedNftTable } from "./parse-nft.ts";
import type { ObservedFamily } from "./parse-save.ts";

/** One variant of iptables in each family. `absent`: there is nothing to filter, or nothing to look at or by. */
export type ObservedFamilies = Readonly<Record<Family, ObservedFamily | "absent">>;

/** The tables that rules are to go into, or out of, and our sets. */
export interface ObservedTables extends ObservedFamilies {
  /** Our table of nftables; `absent`: there is none. Not here: nobody looked. */
  readonly nft?: ObservedNftTable | "absent";
  /** Our sets; `missing`: ipset cannot be used here, so none can be read or made. */
  readonly ipset: ObservedSets | "missing";
  /** What stands in the variant that Docker does not use. */
  readonly elsewhere?: ObservedFamilies;
  /** Rules that tell NFLOG of packets are refused here. */
  readonly nflog?: "missing";
}
