import { commit } from "./commit.ts";
import { type Difference, diff } from "./diff.ts";
import { mapDigest } from "./map-digest.ts";
import type { NftTable } from "./nft-table.ts";
import { isEmptyTable } from "./nft-table.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import type { ObservedNftTable } from "./parse-nft.ts";
import type { ObservedChain, ObservedFamily, ObservedTable } from "./parse-save.ts";
import type { PlannedCommit } from "./plan.ts";
import { type Chain, families, perTable, type Ruleset, tables, topChain } from "./ruleset.ts";
import { setDigest } from "./set-digest.ts";

// Rules that an agent before this one wrote, where nobody can tell yet what is to be there.

/**
 * Whether they are all there, as far as it shows: we write no chain without rules, no set or map without members, and what is
 * forwarded has its chain wherever it has one in rules that were made for less than is known of this host. A rule that
 * somebody took out of several does not show.
 */
export function isFilled(least: Ruleset, observed: ObservedTables): boolean {
  const { nft = "absent" } = observed;
  return (
    isNftFilled(least.nft, nft) &&
    emptiedSets(observed).length === 0 &&
    families.every((family) => {
      const found = observed[family];
      if (found === "absent") return true;
      return tables.every(
        (table) =>
          found.lacks.has(table) || isTableFilled(least.chains[family][table], found.tables[table]),
      );
    })
  );
}

function isTableFilled(least: readonly Chain[], { chains }: ObservedTable): boolean {
  const isWanted = least.some(({ name }) => name === topChain);
  if (isWanted && !chains.has(topChain)) return false;
  // One that others hold is left empty where it is not needed any more.
  return [...chains.values()].every(
    ({ name, rules, heldByOthers }) => rules.length > 0 || (heldByOthers && name !== topChain),
  );
}

function isNftFilled(least: NftTable, observed: ObservedNftTable | "absent"): boolean {
  if (isEmptyTable(least)) return true;
  if (observed === "absent" || !observed.isPlain) return false;
  const found = [...observed.chains.values()];
  // Who knows more of the host may need no chain for what is sent to it.
  const hook = least.chains.some((chain) => chain.hook === "forward")
    ? "filter forward "
    : "filter ";
  return (
    found.some(({ base = "" }) => base.startsWith(hook)) &&
    found.every(({ rules }) => rules.length > 0) &&
    [...observed.maps.values()].every(({ digest }) => digest !== mapDigest([])) &&
    [...observed.sets.values()].every(({ digest }) => digest !== setDigest([]))
  );
}

/** Sets of ipset that rules ask and that hold nothing. One that no rule asks may be half of a write. */
function emptiedSets(observed: ObservedTables): readonly string[] {
  const { ipset } = observed;
  if (ipset === "missing") return [];
  const empty = [...ipset].filter(([, { digest }]) => digest === setDigest([]));
  return empty.map(([name]) => name).filter((name) => isAsked(name, observed));
}

function isAsked(set: string, observed: ObservedTables): boolean {
  return families.some((family) => {
    const found = observed[family];
    if (found === "absent") return false;
    return tables.some((table) =>
      [...found.tables[table].chains.values()].some(({ rules }) =>
        rules.some(({ text }) => text.includes(`--match-set ${set} `)),
      ),
    );
  });
}

/** What is to lead to the rules of iptables that are there, and does not, or not ahead of all else. */
export function missingJumps(observed: ObservedTables): readonly Difference[] {
  return families.flatMap((family) => {
    const found = observed[family];
    return found === "absent" ? [] : jumpDifferences(family, found);
  });
}

/** What puts it back, and touches no chain of ours. */
export function jumpCommits(observed: ObservedTables): readonly PlannedCommit[] {
  return families.flatMap((family) => {
    const found = observed[family];
    if (found === "absent") return [];
    const planned = commit(asWanted(found), found, jumpDifferences(family, found), undefined);
    return planned === undefined ? [] : [{ ...planned, family, variant: found.variant }];
  });
}

const ofJumps: ReadonlySet<Difference["kind"]> = new Set([
  ...(["jumpMissing", "jumpDisplaced", "jumpAltered", "jumpDuplicated"] as const),
  ...(["dockerUserMissing", "dockerJumpMissing", "dockerJumpDisplaced"] as const),
]);

function jumpDifferences(
  family: (typeof families)[number],
  found: ObservedFamily,
): readonly Difference[] {
  const wanted = { chains: asWanted(found), sets: [] };
  return diff(family, wanted, found, "missing").filter(({ kind }) => ofJumps.has(kind));
}

/** An empty chain keeps nobody out: nothing has to lead there. */
function asWanted({ tables: found }: ObservedFamily) {
  const isFull = ({ rules }: ObservedChain) => rules.length > 0;
  return perTable((table) =>
    [...found[table].chains.values()].filter(isFull).map(({ name, rules }) => ({
      name,
      rules: rules.map(({ hash = "", text }) => ({ hash, text })),
    })),
  );
}
