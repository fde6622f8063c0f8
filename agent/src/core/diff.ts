import type { Family } from "@seawall/policy";
import { chainDigest } from "./digest.ts";
import type { HashedChain } from "./hash.ts";
import { type Hook, hooks } from "./hooks.ts";
import type { ObservedSets } from "./parse-ipset.ts";
import type { ObservedChain, ObservedFilter } from "./parse-save.ts";
import { topChain } from "./ruleset.ts";
import type { NamedSet, WrittenFamily } from "./written-ruleset.ts";

/** One way in which a family's filter table, or its sets, are not as wanted. */
export type Difference = { readonly family: Family } & (
  | { readonly kind: "chainMissing" | "chainChanged" | "chainUnknown"; readonly chain: string }
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
  | { readonly kind: "dockerJumpMissing" | "dockerJumpDisplaced" }
  | { readonly kind: "setMissing" | "setChanged"; readonly set: NamedSet }
);

/**
 * Digests of chains as they were read back right behind our own write, by chain name. Hashes alone
 * cannot show that somebody changed a rule and kept its comment.
 */
export type ReadBack = ReadonlyMap<string, string>;

/**
 * Compares what one family should hold with what was observed there. Where DOCKER-USER leads to
 * nothing of ours, Docker's own chain and jump are none of our business. With `readBack`, a chain that is
 * not in it, or reads otherwise, counts as changed. Sets are left out where `ipset` is missing.
 */
export function diff(
  family: Family,
  desired: WrittenFamily,
  observed: ObservedFilter,
  ipset: ObservedSets | "missing",
  readBack?: ReadBack,
): readonly Difference[] {
  const wanted = new Set(desired.chains.map(({ name }) => name));
  const unknown = [...observed.chains.values()]
    .filter((chain) => !wanted.has(chain.name) && !isEmptyButHeld(chain))
    .map(({ name }) => ({ family, kind: "chainUnknown", chain: name }) as const);
  return [
    ...(wanted.has(topChain) ? dockerDifferences(family, observed) : []),
    ...hooks.flatMap((hook) => jumpDifferences(family, hook, wanted.has(hook.chain), observed)),
    ...desired.chains.flatMap((chain) =>
      chainDifferences(family, chain, observed.chains.get(chain.name), readBack),
    ),
    ...unknown,
    ...(ipset === "missing"
      ? []
      : desired.sets.flatMap((set) => setDifferences(family, set, ipset))),
  ];
}

// Somebody else's rule leads to this chain, so it can be emptied but not deleted. Empty, it does nothing.
function isEmptyButHeld(chain: ObservedChain): boolean {
  return chain.heldByOthers && chain.rules.length === 0;
}

function chainDifferences(
  family: Family,
  chain: HashedChain,
  observed: ObservedChain | undefined,
  readBack: ReadBack | undefined,
): readonly Difference[] {
  if (observed === undefined) return [{ family, kind: "chainMissing", chain: chain.name }];
  const sameHashes =
    observed.rules.length === chain.rules.length &&
    observed.rules.every(({ hash }, index) => hash === chain.rules[index]?.hash);
  const sameText = readBack === undefined || readBack.get(chain.name) === chainDigest(observed);
  return sameHashes && sameText ? [] : [{ family, kind: "chainChanged", chain: chain.name }];
}

function jumpDifferences(
  family: Family,
  hook: Hook,
  isWanted: boolean,
  observed: ObservedFilter,
): readonly Difference[] {
  const [first, ...others] = observed.jumps.get(hook.parent) ?? [];
  if (!isWanted) return first === undefined ? [] : [{ family, kind: "jumpLeft", hook }];
  if (first === undefined) return [{ family, kind: "jumpMissing", hook }];
  if (first.text !== hook.jump.text) return [{ family, kind: "jumpAltered", hook }];
  if (first.position !== 1) return [{ family, kind: "jumpDisplaced", hook }];
  return others.length > 0 ? [{ family, kind: "jumpDuplicated", hook }] : [];
}

function dockerDifferences(
  family: Family,
  { dockerUser, forward }: ObservedFilter,
): readonly Difference[] {
  const missing =
    dockerUser === undefined ? ([{ family, kind: "dockerUserMissing" }] as const) : [];
  const [first] = forward.jumps;
  if (first === undefined) return [...missing, { family, kind: "dockerJumpMissing" }];
  return first === 1 ? missing : [...missing, { family, kind: "dockerJumpDisplaced" }];
}

function setDifferences(
  family: Family,
  set: NamedSet,
  observed: ObservedSets,
): readonly Difference[] {
  const found = observed.get(set.name);
  if (found === undefined) return [{ family, kind: "setMissing", set }];
  return found.plain && found.digest === set.digest ? [] : [{ family, kind: "setChanged", set }];
}

/** What differs, in words for people. */
export function describe(difference: Difference): string {
  switch (difference.kind) {
    case "chainMissing":
      return `chain ${difference.chain} is missing`;
    case "chainChanged":
      return `chain ${difference.chain} is not as it was written`;
    case "chainUnknown":
      return `chain ${difference.chain} should not be there`;
    case "jumpMissing":
      return `${jumpWords(difference.hook)} is missing`;
    case "jumpDisplaced":
      return `${jumpWords(difference.hook)} is not the first rule`;
    case "jumpAltered":
      return `${jumpWords(difference.hook)} is not as it was written`;
    case "jumpDuplicated":
      return `${difference.hook.parent} jumps to ${difference.hook.chain} more than once`;
    case "jumpLeft":
      return `${difference.hook.parent} still jumps to ${difference.hook.chain}`;
    case "dockerUserMissing":
      return "chain DOCKER-USER is missing";
    case "dockerJumpMissing":
      return "the jump from FORWARD to DOCKER-USER is missing";
    case "dockerJumpDisplaced":
      return "the jump from FORWARD to DOCKER-USER is not the first rule";
    case "setMissing":
      return `${setWords(difference.set)} is missing`;
    case "setChanged":
      return `${setWords(difference.set)} is not as it was written`;
  }
}

function jumpWords({ parent, chain }: Hook): string {
  return `the jump from ${parent} to ${chain}`;
}

function setWords({ name, key }: NamedSet): string {
  return `set ${name} (${key})`;
}
