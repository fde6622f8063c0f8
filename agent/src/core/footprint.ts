import type { Family } from "@seawall/policy";
import { isEmptyTable } from "./nft-table.ts";
import type { ObservedFamilies, ObservedTables } from "./observed-kernel.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families, type Ruleset, topChain } from "./ruleset.ts";
import type { Variant } from "./variant.ts";

/**
 * How we found what is not ours but what we need: Docker's chain DOCKER-USER and its jump. Recorded
 * before the first rule of ours goes into a family, so that leaving undoes exactly what we did.
 */
export interface FamilyFootprint {
  readonly dockerUser: "found" | "created";
  readonly forwardJump:
    | { readonly kind: "found" }
    | { readonly kind: "created" }
    /** It stood at this position, 1-based, and was moved to the first. */
    | { readonly kind: "moved"; readonly from: number };
}

/** Both variants of iptables can have one: while the rules move, and until what is left behind is swept. */
export interface Footprint extends Readonly<Partial<Record<Variant, VariantFootprint>>> {
  /** Our table of nftables was made, and nobody has seen it gone: it is to be looked for. */
  readonly table?: "created";
}
type VariantFootprint = Readonly<Partial<Record<Family, FamilyFootprint>>>;

/** What installing into a family as it is now will have changed. */
function footprintOf({ dockerUser, forward }: ObservedFamily): FamilyFootprint {
  const [first] = forward.jumps;
  return {
    dockerUser: dockerUser === undefined ? "created" : "found",
    forwardJump:
      first === undefined
        ? { kind: "created" }
        : first === 1
          ? { kind: "found" }
          : { kind: "moved", from: first },
  };
}

/**
 * iptables-restore lines that undo a footprint; to be used in the commit that removes our jump. What
 * others have come to use meanwhile stays: a DOCKER-USER with rules of theirs and the jump to it, or one that
 * Docker itself now looks after.
 */
export function undoLines(
  footprint: FamilyFootprint | undefined,
  observed: ObservedFamily,
): readonly string[] {
  const { dockerUser, forward } = observed;
  if (footprint === undefined || dockerUser === undefined) return [];
  if (dockerUser.foreign > 0 || dockerUser.heldByOthers) return [];
  const [first] = forward.jumps;
  const removeJump = first === undefined ? [] : ["-D FORWARD -j DOCKER-USER"];
  if (footprint.dockerUser === "created") {
    const adopted = dockerUser.returns > 0 || observed.dockerForward;
    if (adopted || forward.jumps.length > 1) return [];
    return [...removeJump, "-X DOCKER-USER"];
  }
  switch (footprint.forwardJump.kind) {
    case "found":
      return [];
    case "created":
      return removeJump;
    case "moved": {
      // Somebody has moved it since: then it is where they want it.
      if (first !== 1) return [];
      const position = Math.min(footprint.forwardJump.from, forward.rules);
      return position === 1 ? [] : [...removeJump, `-I FORWARD ${position} -j DOCKER-USER`];
    }
  }
}

/**
 * The footprint to have on disk before these rules go in. A family is recorded when our rules come
 * into it: how a later repair found it says nothing about how it was without us. `fresh` is true until this
 * run has written once; a record from before a reboot is then taken anew if nothing of ours is left.
 */
export function footprintBefore(
  footprint: Footprint,
  desired: Ruleset,
  observed: ObservedFamilies,
  fresh: boolean,
): Footprint {
  const before = isEmptyTable(desired.nft) ? footprint : withTable(footprint, "created");
  return families.reduce((kept, family) => {
    const found = observed[family];
    if (found === "absent" || !needsDockerUser(desired, family)) return kept;
    const known = kept[found.variant]?.[family];
    const { chains, jumps } = found.tables.filter;
    const nothingOfOurs = !chains.has(topChain) && (jumps.get("DOCKER-USER") ?? []).length === 0;
    if (known !== undefined && !(fresh && nothingOfOurs)) return kept;
    return record(kept, found.variant, { [family]: footprintOf(found) });
  }, before);
}

/** The footprint once the ruleset has been read back: where DOCKER-USER leads to nothing of ours, all is as it was found. */
export function footprintAfter(
  footprint: Footprint,
  desired: Ruleset,
  observed: ObservedFamilies & Pick<ObservedTables, "nft">,
): Footprint {
  const isGone = isEmptyTable(desired.nft) && observed.nft === "absent";
  const before = isGone ? withTable(footprint, undefined) : footprint;
  return families.reduce((kept, family) => {
    const found = observed[family];
    if (found === "absent" || needsDockerUser(desired, family)) return kept;
    return record(kept, found.variant, { [family]: undefined });
  }, before);
}

/** Whether our rules are wherever they were recorded ahead of being written, behind DOCKER-USER or in our table; what was left elsewhere does not count. */
export function isInstalled(footprint: Footprint, observed: ObservedTables): boolean {
  const isTableThere = footprint.table === undefined || (observed.nft ?? "absent") !== "absent";
  return (
    isTableThere &&
    families.every((family) => {
      const found = observed[family];
      if (found === "absent" || footprint[found.variant]?.[family] === undefined) return true;
      return found.tables.filter.chains.has(topChain);
    })
  );
}

function withTable(footprint: Footprint, table: Footprint["table"]): Footprint {
  return known({ ...footprint, table });
}

/** Without what is not known any more. */
function known({
  nft = {},
  legacy = {},
  table,
}: { readonly [Key in keyof Footprint]?: Footprint[Key] | undefined }): Footprint {
  const isKnown = (variant: VariantFootprint) => Object.keys(variant).length > 0;
  return {
    ...(isKnown(nft) && { nft }),
    ...(isKnown(legacy) && { legacy }),
    ...(table && { table }),
  };
}

// What containers send to the host does not pass DOCKER-USER.
function needsDockerUser({ chains }: Ruleset, family: Family): boolean {
  return chains[family].filter.some(({ name }) => name === topChain);
}

/** @param change undefined: nothing is known of the family any more. */
function record(
  footprint: Footprint,
  variant: Variant,
  change: Partial<Record<Family, FamilyFootprint | undefined>>,
): Footprint {
  const { IPv4, IPv6 } = { ...footprint[variant], ...change };
  return known({ ...footprint, [variant]: { ...(IPv4 && { IPv4 }), ...(IPv6 && { IPv6 }) } });
}
