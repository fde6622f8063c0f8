import type { Family } from "@seawall/policy";
import { type Commit, commit } from "./commit.ts";
import { type Difference, diff, type ReadBack } from "./diff.ts";
import { chainDigest } from "./digest.ts";
import { type Footprint, footprintOf } from "./footprint.ts";
import type { HashedRuleset } from "./hash.ts";
import type { ObservedFilter } from "./parse-save.ts";
import { families } from "./ruleset.ts";

/** Both families as observed; `absent` where the kernel has no such family. */
export type ObservedFamilies = Readonly<Record<Family, ObservedFilter | "absent">>;

export type ReadBackFamilies = Readonly<Record<Family, ReadBack>>;

export interface PlannedCommit extends Commit {
  readonly family: Family;
}

/** What has to be written so that the kernel holds the ruleset. Nothing = it does. */
export function planCommits(
  desired: HashedRuleset,
  observed: ObservedFamilies,
  footprint: Footprint,
  readBack?: ReadBackFamilies,
): readonly PlannedCommit[] {
  return families.flatMap((family) => {
    const filter = observed[family];
    if (filter === "absent") return [];
    const differences = diff(family, desired[family], filter, readBack?.[family]);
    const planned = commit(desired[family], filter, differences, footprint[family]);
    return planned === undefined ? [] : [{ ...planned, family }];
  });
}

/** Every way in which the kernel is not as the ruleset says. */
export function differencesOf(
  desired: HashedRuleset,
  observed: ObservedFamilies,
  readBack?: ReadBackFamilies,
): readonly Difference[] {
  return families.flatMap((family) => {
    const filter = observed[family];
    return filter === "absent" ? [] : diff(family, desired[family], filter, readBack?.[family]);
  });
}

export function readBackOf(observed: ObservedFamilies): ReadBackFamilies {
  const digests = (filter: ObservedFilter | "absent"): ReadBack =>
    filter === "absent"
      ? new Map<string, string>()
      : new Map([...filter.chains.values()].map((chain) => [chain.name, chainDigest(chain)]));
  return { IPv4: digests(observed.IPv4), IPv6: digests(observed.IPv6) };
}

/**
 * The footprint to have on disk before these rules go in. A family is recorded when our rules come
 * into it: how a later repair found it says nothing about how it was without us. `fresh` is true until this
 * run has written once; a record from before a reboot is then taken anew if nothing of ours is left.
 */
export function footprintBefore(
  footprint: Footprint,
  desired: HashedRuleset,
  observed: ObservedFamilies,
  fresh: boolean,
): Footprint {
  const record = (family: Family): Footprint => {
    const filter = observed[family];
    const known = footprint[family];
    if (filter === "absent" || desired[family].length === 0) return keep(family, footprint);
    const nothingOfOurs = filter.chains.size === 0 && (filter.dockerUser?.jumps.length ?? 0) === 0;
    if (known !== undefined && !(fresh && nothingOfOurs)) return { [family]: known };
    return { [family]: footprintOf(filter) };
  };
  return { ...record("IPv4"), ...record("IPv6") };
}

/** The footprint once the ruleset has been read back: families without rules of ours are as they were found. */
export function footprintAfter(
  footprint: Footprint,
  desired: HashedRuleset,
  observed: ObservedFamilies,
): Footprint {
  const stays = (family: Family) => desired[family].length > 0 || observed[family] === "absent";
  return {
    ...(stays("IPv4") ? keep("IPv4", footprint) : {}),
    ...(stays("IPv6") ? keep("IPv6", footprint) : {}),
  };
}

function keep(family: Family, footprint: Footprint): Footprint {
  const known = footprint[family];
  return known === undefined ? {} : { [family]: known };
}
