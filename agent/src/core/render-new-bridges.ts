import type { ResolvedState } from "@seawall/policy";
import { heldRules } from "./render-denial.ts";
import { dispatchChains } from "./render-dispatch.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { goBack, type RenderContext } from "./render-place.ts";
import { type MatchWord, topChain } from "./ruleset.ts";

/** What Docker's own names of bridges begin with. */
const dockerLike: MatchWord = { begins: "br-" };

/** Holds what comes (or goes) by a bridge that may be Docker's and is none of those that are known. */
export function heldBridges(
  { knownBridges }: ResolvedState,
  via: "-i" | "-o",
  context: RenderContext,
): Hooked {
  if (knownBridges === undefined) return { hooks: [], chains: [] };
  const name = `${topChain}-NEW-${via === "-i" ? "I" : "O"}`;
  const hold = heldRules(context, "held: a bridge that is not known yet");
  const known = knownBridges.map((bridge) => ({
    at: bridge,
    rules: [{ match: [via, bridge], target: goBack, label: "known bridge" }],
  }));
  const tree = dispatchChains(name, via, known, hold);
  const chains = tree.length > 0 ? tree : [{ name, rules: hold }];
  return { hooks: jumpTo(chains, "bridges that may be new", [via, dockerLike]), chains };
}
