import type { Family } from "@seawall/policy";
import { type Commit, commit } from "./commit.ts";
import { type Difference, diff, type ReadBack } from "./diff.ts";
import { chainDigest } from "./digest.ts";
import type { Footprint } from "./footprint.ts";
import type { ObservedFamilies, ObservedTables } from "./observed-kernel.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families, perTable, type Ruleset } from "./ruleset.ts";
import { otherName } from "./set-name.ts";
import { nameInUse, namesToChange } from "./set-names.ts";
import { setRestore } from "./set-restore.ts";
import type { Variant } from "./variant.ts";
import { type WrittenRuleset, writeRuleset } from "./written-ruleset.ts";

export type ReadBackFamilies = Readonly<Record<Family, ReadBack>>;

/** A ruleset that was read back as it should be. */
export interface Applied {
  readonly ruleset: Ruleset;
  readonly written: WrittenRuleset;
  readonly readBack: ReadBackFamilies;
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
  readonly readBack: ReadBackFamilies;
}

/** What has to be written so that the kernel holds a ruleset. Neither sets nor commits = it does. */
export interface Plan {
  /** The ruleset with the names that its sets take. */
  readonly target: WrittenRuleset;
  /** Ahead of the commits. */
  readonly sets: readonly PlannedSets[];
  /** One per family, in the order in which they go in. */
  readonly commits: readonly PlannedCommit[];
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
    nameInUse(family, key, observed[family], before?.written);
  const kept = writeRuleset(ruleset, nameNow);
  const changing = namesToChange(differencesOf(kept, observed, before?.readBack), observed);
  const target =
    changing.size === 0
      ? kept
      : writeRuleset(ruleset, (family, key) => {
          const name = nameNow(family, key);
          return changing.has(name) ? otherName(name) : name;
        });
  const differences = differencesOf(target, observed, before?.readBack);
  const planned = families.flatMap((family) => {
    const found = observed[family];
    const own = differences.filter((it) => it.family === family);
    return found === "absent" ? [] : [{ family, observed: found, differences: own }];
  });
  return {
    target,
    sets: planned.flatMap((it) => plannedSets(it, observed.ipset)),
    commits: planned.flatMap((it) => plannedCommit(it, target, footprint)),
    leftovers: leftoversOf(target, observed),
  };
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
  readBack?: ReadBackFamilies,
): readonly Difference[] {
  return families.flatMap((family) => {
    const found = observed[family];
    return found === "absent"
      ? []
      : diff(family, desired[family], found, observed.ipset, readBack?.[family]);
  });
}

export function readBackOf(observed: ObservedFamilies): ReadBackFamilies {
  const digests = (found: ObservedFamily | "absent"): ReadBack =>
    perTable((table) => {
      const chains = found === "absent" ? [] : [...found.tables[table].chains.values()];
      return new Map(chains.map((chain) => [chain.name, chainDigest(chain)]));
    });
  return { IPv4: digests(observed.IPv4), IPv6: digests(observed.IPv6) };
}
