import type { Difference } from "./diff.ts";
import { type FamilyFootprint, undoLines } from "./footprint.ts";
import type { HashedChain } from "./hash.ts";
import { type Hook, hooks } from "./hooks.ts";
import type { ObservedFilter } from "./parse-save.ts";
import { topChain } from "./ruleset.ts";

/** What `iptables-restore --noflush` is to do in one family, all of it or nothing. */
export interface Commit {
  readonly text: string;
  /** Chains of ours that it empties, fills or deletes; the counters of all others live on. */
  readonly rewritten: readonly string[];
}

/**
 * The commit that ends these differences; undefined when there is nothing to do. Only chains that
 * differ are named in it. A line that does not fit the table any more, because somebody
 * changed it since it was observed, fails the whole commit, never somebody else's rule.
 */
export function commit(
  desired: readonly HashedChain[],
  observed: ObservedFilter,
  differences: readonly Difference[],
  footprint: FamilyFootprint | undefined,
): Commit | undefined {
  const remove = differences.flatMap((it) => (it.kind === "chainUnknown" ? [it.chain] : []));
  const refill = new Set(
    differences.flatMap((it) =>
      it.kind === "chainMissing" || it.kind === "chainChanged" ? [it.chain] : [],
    ),
  );
  const lines = [
    // Not `:DOCKER-USER`: that would empty one which Docker has made in the meantime.
    ...(differences.some(({ kind }) => kind === "dockerUserMissing") ? ["-N DOCKER-USER"] : []),
    ...[...refill, ...remove].map((chain) => `:${chain} - [0:0]`),
    ...hooks.flatMap((hook) => jumpLines(hook, desired, observed, differences)),
    ...dockerJumpLines(observed, differences),
    ...desired
      .filter(({ name }) => refill.has(name))
      .flatMap(({ name, rules }) => rules.map(({ text }) => `-A ${name} ${text}`)),
    ...remove
      .filter((chain) => observed.chains.get(chain)?.heldByOthers !== true)
      .map((chain) => `-X ${chain}`),
    ...(has(desired, topChain) ? [] : undoLines(footprint, observed)),
  ];
  if (lines.length === 0) return undefined;
  return {
    text: ["*filter", ...lines, "COMMIT", ""].join("\n"),
    rewritten: [...refill, ...remove],
  };
}

function has(desired: readonly HashedChain[], chain: string): boolean {
  return desired.some(({ name }) => name === chain);
}

function jumpLines(
  { parent, chain, jump }: Hook,
  desired: readonly HashedChain[],
  { jumps }: ObservedFilter,
  differences: readonly Difference[],
): readonly string[] {
  const repairs = differences.some((it) => "hook" in it && it.hook.parent === parent);
  if (!repairs) return [];
  const remove = (jumps.get(parent) ?? []).map(({ text }) => `-D ${parent} ${text}`);
  return [...remove, ...(has(desired, chain) ? [`-I ${parent} 1 ${jump.text}`] : [])];
}

function dockerJumpLines(
  { forward }: ObservedFilter,
  differences: readonly Difference[],
): readonly string[] {
  if (!differences.some(({ kind }) => kind.startsWith("dockerJump"))) return [];
  return [
    ...(forward.jumps.length > 0 ? ["-D FORWARD -j DOCKER-USER"] : []),
    "-I FORWARD 1 -j DOCKER-USER",
  ];
}
