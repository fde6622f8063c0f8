import type { Difference } from "./diff.ts";
import { type FamilyFootprint, undoLines } from "./footprint.ts";
import { type HashedChain, jumpRule } from "./hash.ts";
import type { ObservedFilter } from "./parse-save.ts";

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
    ...jumpLines(desired, observed, differences),
    ...desired
      .filter(({ name }) => refill.has(name))
      .flatMap(({ name, rules }) => rules.map(({ text }) => `-A ${name} ${text}`)),
    ...remove
      .filter((chain) => observed.chains.get(chain)?.heldByOthers !== true)
      .map((chain) => `-X ${chain}`),
    ...(desired.length === 0 ? undoLines(footprint, observed) : []),
  ];
  if (lines.length === 0) return undefined;
  return {
    text: ["*filter", ...lines, "COMMIT", ""].join("\n"),
    rewritten: [...refill, ...remove],
  };
}

function jumpLines(
  desired: readonly HashedChain[],
  { dockerUser, forward }: ObservedFilter,
  differences: readonly Difference[],
): readonly string[] {
  const removeJumps = (dockerUser?.jumps ?? []).map(({ text }) => `-D DOCKER-USER ${text}`);
  if (desired.length === 0) return removeJumps;
  const repairsOurs = differences.some(({ kind }) => kind.startsWith("jump"));
  const repairsDockers = differences.some(({ kind }) => kind.startsWith("dockerJump"));
  return [
    ...(repairsOurs ? [...removeJumps, `-I DOCKER-USER 1 ${jumpRule.text}`] : []),
    ...(repairsDockers && forward.jumps.length > 0 ? ["-D FORWARD -j DOCKER-USER"] : []),
    ...(repairsDockers ? ["-I FORWARD 1 -j DOCKER-USER"] : []),
  ];
}
