import type { Family } from "@seawall/policy";
import { emptyNftTable, type NftTable } from "./nft-table.ts";
import type { Origin } from "./origin.ts";

export type Target =
  /** Back to the caller: we have nothing against it, Docker and others still decide. */
  | { readonly kind: "return" }
  | { readonly kind: "drop" }
  /** With a TCP reset, or with the ICMP error "port unreachable" of the family. */
  | { readonly kind: "reject"; readonly by: "tcp-reset" | "port-unreachable" }
  /** Says so to whoever listens to our NFLOG group; decides nothing. */
  | { readonly kind: "log"; readonly prefix: string }
  /** Gives that bit of the packet's mark this value, and leaves the others; decides nothing. */
  | { readonly kind: "mark"; readonly bit: number; readonly to: 0 | 1 }
  | { readonly kind: "jump"; readonly chain: string }
  /** On in that chain and never back here: its returns, and its end, lead to whoever jumped here. */
  | { readonly kind: "goto"; readonly chain: string };

/**
 * A word of a match; a set stands for its name in the kernel, which is known when it is hashed, `begins` for every
 * interface whose name begins so.
 */
export type MatchWord = string | { readonly set: string } | { readonly begins: string };

export interface Rule {
  /** iptables arguments, one word each. */
  readonly match: readonly MatchWord[];
  readonly target: Target;
  /** What it is, for people who read `iptables -S`. */
  readonly label: string;
  /** Absent: part of the frame, or decided by no policy. */
  readonly origin?: Origin;
}

export interface Chain {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** Addresses that rules name together by `match-set`. */
export interface AddressSetDefinition {
  /** Whose they are; it stays when they change. No two of a family share one. */
  readonly key: string;
  /** Canonical, disjoint, of the family; never the one that is everything, /0. */
  readonly cidrs: readonly string[];
}

/**
 * The tables of iptables that we write to, in the order in which the kernel asks them and in which they are written.
 * `security` is behind `filter`: what is accepted there comes here still, what is rejected there does not.
 */
export const tables = ["filter", "security"] as const;
export type Table = (typeof tables)[number];

export type PerTable<T> = Readonly<Record<Table, T>>;

/** One value for each table. */
export function perTable<T>(of: (table: Table) => T): PerTable<T> {
  return { filter: of("filter"), security: of("security") };
}

/**
 * Everything of ours in the kernel. In each table of iptables a chain of the kernel leads to `topChain`, others to
 * `inputChain` and `outputChain`, where these are here; each can be here without the others. A backend that does not
 * enforce has nothing.
 */
export interface Ruleset {
  readonly chains: Readonly<Record<Family, PerTable<readonly Chain[]>>>;
  /** Of ipset; each is named by at least one rule. */
  readonly sets: Readonly<Record<Family, readonly AddressSetDefinition[]>>;
  readonly nft: NftTable;
}

export const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];

const noChains: PerTable<readonly Chain[]> = { filter: [], security: [] };

/** Nothing of ours anywhere. */
export const emptyRuleset: Ruleset = {
  chains: { IPv4: noChains, IPv6: noChains },
  sets: { IPv4: [], IPv6: [] },
  nft: emptyNftTable,
};

/** Every chain of ours is this one or begins with it and a dash. What is forwarded is led here. */
export const topChain = "SEAWALL";

/** INPUT leads here: for what containers send to the host itself. */
export const inputChain = "SEAWALL-INPUT";

/** OUTPUT leads here: what the host answers on a connection that was cut on its way in. */
export const outputChain = "SEAWALL-OUTPUT";

export function isOwnChain(name: string): boolean {
  return name === topChain || name.startsWith(`${topChain}-`);
}
