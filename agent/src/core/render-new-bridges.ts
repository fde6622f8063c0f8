import type { ResolvedState } from "@seawall/policy";
import { dispatch, type End, list } from "./layout.ts";
import { heldRules } from "./render-denial.ts";
import { type Hooked, jumpTo } from "./render-hooked.ts";
import { goBack, type RenderContext } from "./render-place.ts";
import { topChain } from "./ruleset.ts";

/** What Docker's own names of bridges begin with. */
const dockerLike = "br-";

/** Holds what comes (or goes) by a bridge that may be Docker's and is none of those that are known. */
export function heldBridges(
  { knownBridges }: ResolvedState,
  end: End,
  context: RenderContext,
): Hooked {
  if (knownBridges === undefined) return { hooks: [], chains: [] };
  const name = `${topChain}-NEW-${end === "from" ? "I" : "O"}`;
  const hold = heldRules(context, "held: a bridge that is not known yet");
  const known = knownBridges.map((bridge) => ({
    at: bridge,
    rules: [{ match: [], target: goBack, label: "known bridge" }],
  }));
  const led = dispatch(name, end, known, hold);
  const chains = led.length > 0 ? led : [list(name, hold)];
  const mayBeNew = [{ kind: "interfaces", end, begin: dockerLike } as const];
  return { hooks: jumpTo(chains, "bridges that may be new", mayBeNew), chains };
}
