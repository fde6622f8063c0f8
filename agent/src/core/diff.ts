import type { Family } from "@seawall/policy";
import { chainDigest } from "./digest.ts";
import { type HashedChain, jumpRule } from "./hash.ts";
import type { ObservedChain, ObservedFilter } from "./parse-save.ts";

/** One way in which a family's filter table is not as wanted. */
export type Difference = { readonly family: Family } & (
  | { readonly kind: "chainMissing" | "chainChanged" | "chainUnknown"; readonly chain: string }
  | { readonly kind: "jumpMissing" | "jumpDisplaced" | "jumpAltered" | "jumpDuplicated" }
  | { readonly kind: "jumpLeft" }
  | { readonly kind: "dockerUserMissing" }
  | { readonly kind: "dockerJumpMissing" | "dockerJumpDisplaced" }
);

/**
 * Digests of chains as they were read back right behind our own write, by chain name. Hashes alone
 * cannot show that somebody changed a rule and kept its comment.
 */
export type ReadBack = ReadonlyMap<string, string>;

/**
 * Compares what one family should hold with what was observed there. Where nothing of ours is
 * wanted, Docker's own chain and jump are none of our business. With `readBack`, a chain that is not in
 * it, or reads otherwise, counts as changed.
 */
export function diff(
  family: Family,
  desired: readonly HashedChain[],
  observed: ObservedFilter,
  readBack?: ReadBack,
): readonly Difference[] {
  const wanted = new Set(desired.map(({ name }) => name));
  const unknown = [...observed.chains.values()]
    .filter((chain) => !wanted.has(chain.name) && !isEmptyButHeld(chain))
    .map(({ name }) => ({ family, kind: "chainUnknown", chain: name }) as const);
  if (desired.length === 0) return [...jumpsLeft(family, observed), ...unknown];
  return [
    ...dockerDifferences(family, observed),
    ...jumpDifferences(family, observed),
    ...desired.flatMap((chain) =>
      chainDifferences(family, chain, observed.chains.get(chain.name), readBack),
    ),
    ...unknown,
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

function jumpDifferences(family: Family, { dockerUser }: ObservedFilter): readonly Difference[] {
  const jumps = dockerUser?.jumps ?? [];
  const [first, ...others] = jumps;
  if (first === undefined) return [{ family, kind: "jumpMissing" }];
  if (first.text !== jumpRule.text) return [{ family, kind: "jumpAltered" }];
  if (first.position !== 1) return [{ family, kind: "jumpDisplaced" }];
  return others.length > 0 ? [{ family, kind: "jumpDuplicated" }] : [];
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

function jumpsLeft(family: Family, { dockerUser }: ObservedFilter): readonly Difference[] {
  return (dockerUser?.jumps.length ?? 0) > 0 ? [{ family, kind: "jumpLeft" }] : [];
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
      return "the jump from DOCKER-USER to SEAWALL is missing";
    case "jumpDisplaced":
      return "the jump from DOCKER-USER to SEAWALL is not the first rule";
    case "jumpAltered":
      return "the jump from DOCKER-USER to SEAWALL is not as it was written";
    case "jumpDuplicated":
      return "DOCKER-USER jumps to SEAWALL more than once";
    case "jumpLeft":
      return "DOCKER-USER still jumps to SEAWALL";
    case "dockerUserMissing":
      return "chain DOCKER-USER is missing";
    case "dockerJumpMissing":
      return "the jump from FORWARD to DOCKER-USER is missing";
    case "dockerJumpDisplaced":
      return "the jump from FORWARD to DOCKER-USER is not the first rule";
  }
}
