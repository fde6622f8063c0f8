import type { ResourceTree } from "../core/change-set.ts";
import { isSettled, revisionsInPlay } from "../core/revisions-in-play.ts";
import { strategyOf } from "../core/rollout-strategy.ts";
import type { Fleet } from "../fleet.ts";
import { keptTree } from "./kept-tree.ts";
import { RequestRefused } from "./request-refused.ts";

/**
 * By revision, the newest and all that hosts are on or may go back to. Of a revision that goes to all hosts at once, what was in
 * force before it is not among them: it is gone with the controller's next step, unless what comes next overtakes it and may be
 * put back. @throws RequestRefused where it cannot be told
 */
export async function treesInPlay(
  newest: number,
  fleet: Fleet,
  next: { readonly mayGoBack: boolean },
): Promise<ReadonlyMap<number, ResourceTree>> {
  const record = fleet.rollouts.record();
  if (record === undefined) {
    throw new RequestRefused(
      "Conflict",
      "the record of rollouts in the store is not believed, so which revision hosts are on cannot be told; see the controller's log",
    );
  }
  const tree = await keptTree(newest, fleet);
  const trees = new Map([[newest, tree]]);
  const hasBegun = (record.latest?.target ?? 0) >= newest;
  const isAtOnce = !hasBegun && isSettled(record) && strategyOf(tree) === undefined;
  if (isAtOnce && !next.mayGoBack) return trees;
  for (const revision of revisionsInPlay(record, newest)) {
    trees.set(revision, await keptTree(revision, fleet));
  }
  return trees;
}
