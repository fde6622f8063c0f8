import { emptyTally } from "../core/counters.ts";
import type { Difference } from "../core/diff.ts";
import { startingFrom } from "../core/rules-record.ts";
import type { Ruleset } from "../core/ruleset.ts";
import { createLastGood } from "../edge/last-good.ts";
import { createRulesRecords } from "../edge/rules-records.ts";
import { type EnforceState, enforce, leftBy } from "../enforce.ts";
import type { Firewall, Look } from "../ports.ts";

/** What an agent knows when it starts on a host for the first time. */
export const newAgent: EnforceState = { footprint: {}, tally: emptyTally, fresh: true };

/** Where an agent keeps its rules, and its own state. */
export interface AgentSite {
  readonly firewall: Firewall;
  readonly folder: string;
  readonly look: Look;
}

/** One pass of an agent, and the drift that it found. */
export async function pass(
  { firewall, folder, look }: AgentSite,
  ruleset: Ruleset,
  before: EnforceState = newAgent,
): Promise<{ readonly state: EnforceState; readonly drift: readonly Difference[] }> {
  const observed = await firewall.observe(look);
  if (observed.kind === "failed") throw new Error(observed.failure.message);
  const drift: Difference[] = [];
  const edges = { firewall, lastGood: createLastGood(folder), look };
  const result = await enforce(ruleset, before, observed, edges, (found) => {
    drift.push(...found);
  });
  if (result.failure !== undefined) throw new Error(result.failure.message);
  return { state: result.state, drift };
}

/** What the agent that runs after one knows: all that goes through the file. */
export async function nextAgent(folder: string, before: EnforceState): Promise<EnforceState> {
  const [records, bootId] = [createRulesRecords(folder), "boot"];
  const left = leftBy(before);
  await records.store({ bootId, tally: before.tally, ...(left && { left }) });
  return {
    footprint: before.footprint,
    fresh: true,
    ...startingFrom(await records.read(), bootId),
  };
}
