import { type Family, remembered } from "@seawall/policy";
import { chainDigest } from "./digest.ts";
import type { HashedChain } from "./hashed-chain.ts";
import { type Hook, hooksOf } from "./hooks.ts";
import { describeNft, type NftDifference } from "./nft-diff.ts";
import type { ObservedSets } from "./parse-ipset.ts";
import type { ObservedChain, ObservedFamily, ObservedTable } from "./parse-save.ts";
import { type PerTable, type Table, tables, topChain } from "./ruleset.ts";
import type { NamedSet, WrittenFamily } from "./written-ruleset.ts";

/** One way in which the kernel is not as wanted. */
export type Difference = IptablesDifference | NftDifference;

/** One way in which a family's tables of iptables, or its sets, are not as wanted. */
export type IptablesDifference = { readonly family: Family } & (
  | {
      readonly kind: "chainMissing" | "chainChanged" | "chainUnknown";
      readonly table: Table;
      readonly chain: string;
    }
  | {
      readonly kind:
        | "jumpMissing"
        | "jumpDisplaced"
        | "jumpAltered"
        | "jumpDuplicated"
        | "jumpLeft";
      readonly hook: Hook;
    }
  | { readonly kind: "dockerUserMissing" }
  | { readonly kind: "dockerJumpMissing" | "dockerJumpDuplicated" }
  /** `byDocker`: its own rules stand ahead of it, and nothing else. */
  | { readonly kind: "dockerJumpDisplaced"; readonly byDocker?: true }
  | { readonly kind: "setMissing" | "setChanged"; readonly set: NamedSet }
);

/**
 * Digests of chains as they were read back right behind our own write, by chain name. Hashes alone
 * cannot show that somebody changed a rule and kept its comment.
 */
export type ReadBack = PerTable<ReadonlyMap<string, string>>;

/**
 * Compares what one family should hold with what was observed there. Where DOCKER-USER leads to
 * nothing of ours, Docker's own chain and jump are none of our business. With `readBack`, a chain that is
 * not in it, or reads otherwise, counts as changed. Sets are left out where `ipset` is missing.
 */
export function diff(
  family: Family,
  desired: WrittenFamily,
  observed: ObservedFamily,
  ipset: ObservedSets | "missing",
  readBack?: ReadBack,
): readonly IptablesDifference[] {
  const needsDockerUser = desired.chains.filter.some(({ name }) => name === topChain);
  return [
    ...(needsDockerUser ? dockerDifferences(family, observed) : []),
    ...tables.flatMap((table) =>
      tableDifferences(
        { family, table },
        desired.chains[table],
        observed.tables[table],
        readBack?.[table],
      ),
    ),
    ...(ipset === "missing"
      ? []
      : desired.sets.flatMap((set) => setDifferences(family, set, ipset))),
  ];
}

interface Place {
  readonly family: Family;
  readonly table: Table;
}

function tableDifferences(
  place: Place,
  desired: readonly HashedChain[],
  observed: ObservedTable,
  readBack: ReadonlyMap<string, string> | undefined,
): readonly IptablesDifference[] {
  const wanted = new Set(desired.map(({ name }) => name));
  const unknown = [...observed.chains.values()]
    .filter((chain) => !wanted.has(chain.name) && !isEmptyButHeld(chain))
    .map(({ name }) => ({ ...place, kind: "chainUnknown", chain: name }) as const);
  return [
    ...hooksOf(place.table).flatMap((hook) =>
      jumpDifferences(place.family, hook, wanted.has(hook.chain), observed),
    ),
    ...desired.flatMap((chain) =>
      chainDifferences(place, chain, observed.chains.get(chain.name), readBack),
    ),
    ...unknown,
  ];
}

// Somebody else's rule leads to this chain, so it can be emptied but not deleted. Empty, it does nothing.
function isEmptyButHeld(chain: ObservedChain): boolean {
  return chain.heldByOthers && chain.rules.length === 0;
}

function chainDifferences(
  place: Place,
  chain: HashedChain,
  observed: ObservedChain | undefined,
  readBack: ReadonlyMap<string, string> | undefined,
): readonly IptablesDifference[] {
  if (observed === undefined) return [{ ...place, kind: "chainMissing", chain: chain.name }];
  const sameHashes = hasHashesOf(observed, chain);
  const sameText = readBack === undefined || readBack.get(chain.name) === chainDigest(observed);
  return sameHashes && sameText ? [] : [{ ...place, kind: "chainChanged", chain: chain.name }];
}

const hasHashesOf = remembered(
  (observed: ObservedChain, { rules }: HashedChain): boolean =>
    observed.rules.length === rules.length &&
    observed.rules.every(({ hash }, index) => hash === rules[index]?.hash),
);

function jumpDifferences(
  family: Family,
  hook: Hook,
  isWanted: boolean,
  observed: ObservedTable,
): readonly IptablesDifference[] {
  const [first, ...others] = observed.jumps.get(hook.parent) ?? [];
  if (!isWanted) return first === undefined ? [] : [{ family, kind: "jumpLeft", hook }];
  if (first === undefined) return [{ family, kind: "jumpMissing", hook }];
  if (first.text !== hook.jump.text) return [{ family, kind: "jumpAltered", hook }];
  if (first.position !== 1) return [{ family, kind: "jumpDisplaced", hook }];
  return others.length > 0 ? [{ family, kind: "jumpDuplicated", hook }] : [];
}

function dockerDifferences(
  family: Family,
  { dockerUser, forward }: ObservedFamily,
): readonly IptablesDifference[] {
  const missing =
    dockerUser === undefined ? ([{ family, kind: "dockerUserMissing" }] as const) : [];
  const [first, ...others] = forward.jumps;
  if (first === undefined) return [...missing, { family, kind: "dockerJumpMissing" }];
  if (first !== 1) {
    const byDocker = forward.isBehindDocker ? ({ byDocker: true } as const) : {};
    return [...missing, { family, kind: "dockerJumpDisplaced", ...byDocker }];
  }
  // Ours and Docker's, where it was about to put its own back: what passes is asked, counted and told twice.
  return others.length === 0 ? missing : [...missing, { family, kind: "dockerJumpDuplicated" }];
}

function setDifferences(
  family: Family,
  set: NamedSet,
  observed: ObservedSets,
): readonly IptablesDifference[] {
  const found = observed.get(set.name);
  if (found === undefined) return [{ family, kind: "setMissing", set }];
  return found.plain && found.digest === set.digest ? [] : [{ family, kind: "setChanged", set }];
}

/** The same difference is told by it again later. */
export function differenceId(difference: Difference): string {
  return `${difference.family}: ${describe(difference)}`;
}

/** What differs, in words for people. */
export function describe(difference: Difference): string {
  switch (difference.kind) {
    case "chainMissing":
      return `${chainWords(difference)} is missing`;
    case "chainChanged":
      return `${chainWords(difference)} is not as it was written`;
    case "chainUnknown":
      return `${chainWords(difference)} should not be there`;
    case "jumpMissing":
      return `${jumpWords(difference.hook)} is missing`;
    case "jumpDisplaced":
      return `${jumpWords(difference.hook)} is not the first rule`;
    case "jumpAltered":
      return `${jumpWords(difference.hook)} is not as it was written`;
    case "jumpDuplicated":
      return `${parentWords(difference.hook)} jumps to ${difference.hook.chain} more than once`;
    case "jumpLeft":
      return `${parentWords(difference.hook)} still jumps to ${difference.hook.chain}`;
    case "dockerUserMissing":
      return "chain DOCKER-USER is missing";
    case "dockerJumpMissing":
      return "the jump from FORWARD to DOCKER-USER is missing";
    case "dockerJumpDisplaced":
      return "the jump from FORWARD to DOCKER-USER is not the first rule";
    case "dockerJumpDuplicated":
      return "FORWARD jumps to DOCKER-USER more than once";
    case "setMissing":
      return `${setWords(difference.set)} is missing`;
    case "setChanged":
      return `${setWords(difference.set)} is not as it was written`;
    default:
      return describeNft(difference);
  }
}

function chainWords({ table, chain }: { readonly table: Table; readonly chain: string }): string {
  return `chain ${inTable(table, chain)}`;
}

function jumpWords(hook: Hook): string {
  return `the jump from ${parentWords(hook)} to ${hook.chain}`;
}

function parentWords({ table, parent }: Hook): string {
  return inTable(table, parent);
}

/** What is not said to be in another table is in filter, as for iptables itself. */
function inTable(table: Table, chain: string): string {
  return table === "filter" ? chain : `${chain} of table ${table}`;
}

function setWords({ name, key }: NamedSet): string {
  return `set ${name} (${key})`;
}
