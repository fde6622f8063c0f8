import type { Family } from "@seawall/policy";
import { type Commit, commit } from "./commit.ts";
import { type Difference, diff, type ReadBack } from "./diff.ts";
import { chainDigest } from "./digest.ts";
import type { Footprint } from "./footprint.ts";
import { type NftCommit, nftCommit } from "./nft-commit.ts";
import { type NftReadBack, nftDiff, nftReadBackOf } from "./nft-diff.ts";
import { isEmptyTable } from "./nft-table.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families, perTable, type Ruleset } from "./ruleset.ts";
import { otherName } from "./set-name.ts";
import { nameInUse, namesToChange, type SetNamed } from "./set-names.ts";
import { setRestore } from "./set-restore.ts";
import type { Variant } from "./variant.ts";
import { type WrittenRuleset, writeRuleset } from "./written-ruleset.ts";

/** What the kernel read as right behind our own writes. */
export interface ReadBacks extends Readonly<Record<Family, ReadBack>> {
  readonly nft: NftReadBack;
}

/** A ruleset that was read back as it should be. */
export interface Applied {
  readonly ruleset: Ruleset;
  readonly written: WrittenRuleset;
  readonly readBack: ReadBacks;
}

export interface PlannedCommit extends Commit {
  readonly family: Family;
  readonly variant: Variant;
}

/** Commands for `ipset restore`, of one family. */
export interface PlannedSets {
  readonly family: Family;
  readonly text: string;
  /** They change what rules in force name; else nothing happens before the commit that names them. */
  readonly inPlace: boolean;
}

/** What is known of the kernel from before. */
export interface Before {
  /** What was in force when it was last read back. */
  readonly written?: WrittenRuleset;
  /** Where that is not known: how its sets were called. */
  readonly sets?: Readonly<Record<Family, readonly SetNamed[]>>;
  readonly readBack: ReadBacks;
}

/**
 * What has to be written next so that the kernel holds a ruleset: into the tables of iptables or into that of nftables,
 * never into both. Neither sets nor commits = it does.
 */
export interface Plan {
  /** The ruleset with the names that its sets take. */
  readonly target: WrittenRuleset;
  /** The same with the names that its sets have now. */
  readonly kept: WrittenRuleset;
  /** Ahead of the commits. */
  readonly sets: readonly PlannedSets[];
  /** One per family, in the order in which they go in. */
  readonly commits: readonly PlannedCommit[];
  /** Into our table of nftables; absent: nothing. */
  readonly nft?: NftCommit;
  /** Sets of ours that no rule needs once the commits are in. */
  readonly leftovers: readonly string[];
}

/**
 * A packet that both the old and the new rules deny never passes in between: a set that is in force changes
 * its content in place only where that is all that changes in its family, and else gives way to one of
 * another name within the commit of the rules. `before`: with it, chains that read otherwise than when they
 * were read back count as changed.
 */
export function planChange(
  ruleset: Ruleset,
  observed: ObservedTables,
  footprint: Footprint,
  before?: Before,
): Plan {
  const nameNow = (family: Family, key: string) =>
    nameInUse(
      family,
      key,
      observed[family],
      before?.written?.[family].sets ?? before?.sets?.[family],
    );
  const kept = writeRuleset(ruleset, nameNow);
  const ofKept = differencesOf(kept, observed, before?.readBack);
  const changing = namesToChange(ofKept, observed);
  const target =
    changing.size === 0
      ? kept
      : writeRuleset(ruleset, (family, key) => {
          const name = nameNow(family, key);
          return changing.has(name) ? otherName(name) : name;
        });
  const differences = target === kept ? ofKept : differencesOf(target, observed, before?.readBack);
  const planned = families.flatMap((family) => {
    const found = observed[family];
    const own = differences.filter((it) => it.family === family);
    return found === "absent" ? [] : [{ family, observed: found, differences: own }];
  });
  return inTurn({
    target,
    kept,
    sets: planned.flatMap((it) => plannedSets(it, observed.ipset)),
    commits: planned.flatMap((it) => plannedCommit(it, target, footprint)),
    ...plannedNft(target, observed, differences),
    leftovers: leftoversOf(target, observed),
  });
}

function plannedNft(
  { nft }: WrittenRuleset,
  observed: ObservedTables,
  differences: readonly Difference[],
): Pick<Plan, "nft"> {
  if (observed.nft === undefined) return {};
  const own = differences.filter((it) => it.family === "inet");
  const planned = nftCommit(nft, observed.nft, own);
  return planned === undefined ? {} : { nft: planned };
}

/**
 * What is wanted goes in, and is read back, before anything goes out of the other backend: what both the old and the
 * new rules deny, one of the two denies all the time.
 */
function inTurn(plan: Plan): Plan {
  const { nft, ...iptables } = plan;
  if (nft === undefined) return plan;
  if (!isEmptyTable(plan.target.nft)) return { ...plan, sets: [], commits: [], leftovers: [] };
  return isDone(iptables) ? plan : iptables;
}

/** Nothing is left to write. */
export function isDone({ sets, commits, nft }: Plan): boolean {
  return sets.length === 0 && commits.length === 0 && nft === undefined;
}

interface FamilyPlan {
  readonly family: Family;
  readonly observed: ObservedFamily;
  readonly differences: readonly Difference[];
}

function plannedSets(
  { family, observed, differences }: FamilyPlan,
  ipset: ObservedTables["ipset"],
): readonly PlannedSets[] {
  if (ipset === "missing") return [];
  const text = setRestore(differences, ipset);
  const inPlace = differences.some((it) => "set" in it && observed.setsInUse.has(it.set.name));
  return text === undefined ? [] : [{ family, text, inPlace }];
}

function plannedCommit(
  { family, observed, differences }: FamilyPlan,
  target: WrittenRuleset,
  footprint: Footprint,
): readonly PlannedCommit[] {
  const { variant } = observed;
  const found = footprint[variant]?.[family];
  const planned = commit(target[family].chains, observed, differences, found);
  return planned === undefined ? [] : [{ ...planned, family, variant }];
}

function leftoversOf(target: WrittenRuleset, { ipset }: ObservedTables): readonly string[] {
  if (ipset === "missing") return [];
  const needed = new Set(families.flatMap((family) => target[family].sets.map(({ name }) => name)));
  return [...ipset.keys()].filter((name) => !needed.has(name));
}

/** Every way in which the kernel is not as the ruleset says. */
export function differencesOf(
  desired: WrittenRuleset,
  observed: ObservedTables,
  readBack?: ReadBacks,
): readonly Difference[] {
  const { nft } = observed;
  return [
    ...families.flatMap((family) => {
      const found = observed[family];
      return found === "absent"
        ? []
        : diff(family, desired[family], found, observed.ipset, readBack?.[family]);
    }),
    ...(nft === undefined ? [] : nftDiff(desired.nft, nft, readBack?.nft)),
  ];
}

export function readBackOf(observed: ObservedTables): ReadBacks {
  const digests = (found: ObservedFamily | "absent"): ReadBack =>
    perTable((table) => {
      const chains = found === "absent" ? [] : [...found.tables[table].chains.values()];
      return new Map(chains.map((chain) => [chain.name, chainDigest(chain)]));
    });
  const nft = nftReadBackOf(observed.nft ?? "absent");
  return { IPv4: digests(observed.IPv4), IPv6: digests(observed.IPv6), nft };
}
