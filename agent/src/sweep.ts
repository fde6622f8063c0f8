import type { Failure } from "./core/failure.ts";
import { footprintAfter } from "./core/footprint.ts";
import type { ObservedFamilies, ObservedTables } from "./core/observed-kernel.ts";
import { planChange } from "./core/plan.ts";
import { emptyRuleset } from "./core/ruleset.ts";
import {
  type EnforceEdges,
  type EnforceState,
  readBackFailure,
  recordFootprint,
} from "./enforce.ts";

export interface Swept {
  readonly state: EnforceState;
  /** Whether there was anything of ours. */
  readonly hadRules: boolean;
  /** Absent: read back, nothing of ours is left there. */
  readonly failure?: Failure;
}

/**
 * Takes our rules out of the variant of iptables that Docker does not use, and undoes there what we did to DOCKER-USER
 * and FORWARD. They would go on denying what nobody denies any more; so this comes once the others have been read back,
 * and not before. Sets are left: both variants name the same ones.
 */
export async function sweep(
  elsewhere: ObservedFamilies,
  before: EnforceState,
  edges: EnforceEdges,
): Promise<Swept> {
  const { firewall, lastGood } = edges;
  const { commits } = planChange(emptyRuleset, tablesOf(elsewhere), before.footprint);
  const hadRules = commits.length > 0;
  for (const commit of commits) {
    const result = await firewall.apply(commit);
    if (result.kind === "failed") return { state: before, hadRules, failure: result.failure };
  }
  if (hadRules) {
    const failure = await whatIsLeft(edges);
    if (failure !== undefined) return { state: before, hadRules, failure };
  }
  const footprint = footprintAfter(before.footprint, emptyRuleset, elsewhere);
  return { state: await recordFootprint(before, footprint, lastGood), hadRules };
}

async function whatIsLeft({ firewall, look }: EnforceEdges): Promise<Failure | undefined> {
  const observed = await firewall.observe(look);
  if (observed.kind === "failed") return observed.failure;
  const left = tablesOf(observed.elsewhere);
  const plan = planChange(emptyRuleset, left, {});
  return plan.commits.length === 0 ? undefined : readBackFailure(plan, left);
}

function tablesOf(elsewhere: ObservedFamilies): ObservedTables {
  return { ...elsewhere, ipset: "missing" };
}
