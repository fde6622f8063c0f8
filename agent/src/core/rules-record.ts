import type { Family } from "@seawall/policy";
import { emptyTally, type Tally } from "./counters.ts";
import type { Difference } from "./diff.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import { differencesOf, type ReadBacks } from "./plan.ts";
import { families, tables } from "./ruleset.ts";
import { sha256 } from "./sha256.ts";
import type { Variant } from "./variant.ts";
import type { NamedSet, WrittenFamily, WrittenRuleset } from "./written-ruleset.ts";

/** What an agent knows of its rules in the kernel, for the one that runs after it. */
export interface RulesRecord {
  /** The boot in which it was made: another one has neither its rules nor its counters. */
  readonly bootId: string;
  /** Absent: what the kernel holds was not read back, or was written by somebody else since. */
  readonly left?: LeftRules;
  readonly tally: Tally;
}

/** Rules as they were read back, by an agent before this one or ahead of a write that failed. */
export interface LeftRules {
  /** Of the rules that were written, `writtenDigest`. Absent: not all of them, or other ones, may have been. */
  readonly digest?: string;
  /** What each set held then. Absent: not known, or some may have been written since. */
  readonly sets?: LeftSets;
  readonly readBack: ReadBacks;
  readonly variants: VariantsInUse;
  /** The versions of the programs by which they were read. */
  readonly programs: string;
}

/** Sets as they were read back: what somebody else does to one shows whatever the rules are to be now. */
export interface LeftSets extends Readonly<Record<Family, readonly LeftSet[]>> {
  /** In our table of nftables, by name: a digest of its members. */
  readonly nft: ReadonlyMap<string, string>;
}

type LeftSet = Pick<NamedSet, "key" | "name" | "digest">;

export function setsLeft({ nft, IPv4, IPv6 }: WrittenRuleset): LeftSets {
  const named = ({ sets }: WrittenFamily) =>
    sets.map(({ key, name, digest }): LeftSet => ({ key, name, digest }));
  const inTable = new Map(nft.sets.map(({ name, digest }) => [name, digest]));
  return { IPv4: named(IPv4), IPv6: named(IPv6), nft: inTable };
}

/**
 * Sets that hold neither what they were left with nor what they are to hold: somebody has changed them. One that is to hold
 * something else now and holds what it did, nobody has.
 */
export function changedSets(
  left: LeftSets,
  desired: WrittenRuleset,
  observed: ObservedTables,
): readonly Difference[] {
  return differencesOf(desired, observed).filter((it) => {
    switch (it.kind) {
      case "setMissing":
      case "setChanged": {
        const { ipset } = observed;
        const before = left[it.family].find(({ name }) => name === it.set.name);
        if (before === undefined || ipset === "missing") return false;
        const found = ipset.get(before.name);
        return found?.plain !== true || found.digest !== before.digest;
      }
      case "nftMissing":
      case "nftChanged": {
        const { nft = "absent" } = observed;
        const before = it.what === "set" ? left.nft.get(it.name) : undefined;
        if (before === undefined || nft === "absent") return false;
        return nft.sets.get(it.name)?.digest !== before;
      }
      default:
        return false;
    }
  });
}

/** Where rules were read back. */
export type VariantsInUse = Readonly<Record<Family, Variant | "absent">>;

/** What is still so of a record: in another boot counters begin at zero, and what was counted stays counted. */
export function startingFrom(
  record: RulesRecord | undefined,
  bootId: string,
): { readonly tally: Tally; readonly left?: LeftRules } {
  if (record === undefined) return { tally: emptyTally };
  const { tally, left } = record;
  return record.bootId === bootId
    ? { tally, ...(left && { left }) }
    : { tally: { ...tally, seen: emptyTally.seen } };
}

/** What is sure of a record while other rules may have been written: what somebody has changed since cannot be told from that. */
export function whileWritten({ left, ...record }: RulesRecord): RulesRecord {
  if (left === undefined) return record;
  const { readBack, variants, programs } = left;
  return { ...record, left: { readBack, variants, programs } };
}

/** The same for rules that say the same, under the same names. Each chain ends with a hash of all of it. */
export function writtenDigest(written: WrittenRuleset): string {
  const { nft } = written;
  const ends = (chains: readonly EndingChain[]) =>
    chains.map(({ name, rules }) => [name, rules.length, rules.at(-1)?.hash ?? ""]);
  const contents = (sets: readonly { readonly name: string; readonly digest: string }[]) =>
    sets.map(({ name, digest }) => [name, digest]);
  const ofFamily = (family: Family) => [
    tables.map((table) => ends(written[family].chains[table])),
    contents(written[family].sets),
  ];
  const ofTable = [ends(nft.chains), contents(nft.sets), contents(nft.maps)];
  return sha256(JSON.stringify([families.map(ofFamily), ofTable]));
}

interface EndingChain {
  readonly name: string;
  readonly rules: readonly { readonly hash: string }[];
}
