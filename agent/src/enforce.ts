import { isDeepStrictEqual } from "node:util";
import { addCounts, forgetChains, keepCountsOf, type Tally } from "./core/counters.ts";
import type { Difference } from "./core/diff.ts";
import { describe } from "./core/diff.ts";
import type { Failure } from "./core/failure.ts";
import { type Footprint, footprintAfter, footprintBefore } from "./core/footprint.ts";
import type { ObservedKernel } from "./core/observed-kernel.ts";
import {
  type Applied,
  type Before,
  differencesOf,
  type Plan,
  planChange,
  readBackOf,
} from "./core/plan.ts";
import { families, perTable, type Ruleset, tables } from "./core/ruleset.ts";
import type { WrittenRuleset } from "./core/written-ruleset.ts";
import type { Firewall, LastGood } from "./ports.ts";

export interface EnforceState {
  readonly footprint: Footprint;
  readonly tally: Tally;
  /** Absent while it is not known: at first, and between a write and its reading back. */
  readonly applied?: Applied;
  /** True until this run has written once. */
  readonly fresh: boolean;
  /** Why the footprint is not on disk as it is here; tried again at every pass. */
  readonly unrecorded?: Failure;
}

export interface Enforced {
  readonly state: EnforceState;
  /** The last reading of the kernel; absent when it could not be read. */
  readonly observed?: ObservedKernel;
  /** Changes by somebody else that stay as they were found: nothing was written. */
  readonly left?: readonly Difference[];
  /** With neither this nor `left`, the kernel was read back and holds the ruleset. */
  readonly failure?: Failure;
}

/**
 * Brings the kernel to the ruleset and reads it back. Nothing is written when it is there already.
 * `onWrite` hears of the write before it happens, with the drift that makes it necessary, if it is one. `leaves` may
 * keep a repair from happening; with anything new to write, all is written.
 */
export async function enforce(
  target: Ruleset,
  before: EnforceState,
  observed: ObservedKernel,
  edges: { readonly firewall: Firewall; readonly lastGood: LastGood },
  onWrite: (drift: readonly Difference[]) => void,
  leaves: (drift: readonly Difference[]) => boolean = () => false,
): Promise<Enforced> {
  const { applied } = before;
  const footprint = footprintBefore(before.footprint, target, observed, before.fresh);
  const plan = planChange(target, observed, footprint, applied ?? nothingKnown);
  const counting = applied?.written ?? plan.target;
  let state: EnforceState = { ...before, tally: count(before.tally, counting, observed) };
  if (!isDone(plan)) {
    const drift = applied === undefined ? [] : differencesOf(counting, observed, applied.readBack);
    const isRepair = drift.length > 0 && isDeepStrictEqual(target, applied?.ruleset);
    if (isRepair && leaves(drift)) return { state, observed, left: drift };
    onWrite(drift);
    state = await recordFootprint(state, footprint, edges.lastGood);
    const written = await write(plan, state, edges.firewall);
    if (written.failure !== undefined) return { ...written, observed };
    state = written.state;
    const after = await edges.firewall.observe();
    if (after.kind === "failed") return { state, failure: after.failure };
    observed = after;
    if (!isDone(planChange(target, observed, footprint))) {
      return { state, observed, failure: readBackFailure(plan, observed) };
    }
    state = { ...state, tally: count(state.tally, plan.target, observed) };
  }
  await edges.firewall.destroySets(plan.leftovers);
  state = await recordFootprint(
    state,
    footprintAfter(state.footprint, target, observed),
    edges.lastGood,
  );
  const tally = keepCountsOf(state.tally, target.chains);
  const readBack = readBackOf(observed);
  return {
    state: { ...state, tally, applied: { ruleset: target, written: plan.target, readBack } },
    observed,
  };
}

const nothingRead = perTable(() => new Map<string, string>());
// An agent before this one may have written what reads the same by its hashes; so all is written anew.
const nothingKnown: Before = { readBack: { IPv4: nothingRead, IPv6: nothingRead } };

/** Whether the kernel has nothing of ours but this ruleset. */
export function holds(target: Ruleset, observed: ObservedKernel): boolean {
  return isDone(planChange(target, observed, {}));
}

function isDone({ sets, commits }: Plan): boolean {
  return sets.length === 0 && commits.length === 0;
}

// Sets first: a rule that names one which is not there makes iptables refuse the whole commit.
async function write(
  { sets, commits }: Plan,
  before: EnforceState,
  firewall: Firewall,
): Promise<{ readonly state: EnforceState; readonly failure?: Failure }> {
  let state = before;
  for (const { text, inPlace } of sets) {
    const result = await firewall.applySets(text);
    if (result.kind === "failed") return { state, failure: result.failure };
    if (inPlace) state = unknownNow(state, state.tally);
  }
  for (const { family, text, rewritten } of commits) {
    const result = await firewall.apply(family, text);
    if (result.kind === "failed") return { state, failure: result.failure };
    const tally = tables.reduce(
      (kept, table) => forgetChains(kept, { family, table }, rewritten[table]),
      state.tally,
    );
    state = unknownNow(state, tally);
  }
  return { state };
}

/** Something was written and is not read back yet. */
function unknownNow({ footprint, unrecorded }: EnforceState, tally: Tally): EnforceState {
  return { footprint, tally, fresh: false, ...(unrecorded && { unrecorded }) };
}

function readBackFailure({ target }: Plan, observed: ObservedKernel): Failure {
  const what = differencesOf(target, observed).map((it) => `${it.family}: ${describe(it)}`);
  return {
    class: "retry",
    reason: "ReadBackDiffers",
    message: `the kernel does not hold what was written: ${what.join("; ")}`,
  };
}

// A full disk must not keep rules out of the kernel: without the record, leaving is less tidy; without the
// rules, the host is open. So it is reported, and the rules go in.
async function recordFootprint(
  before: EnforceState,
  footprint: Footprint,
  lastGood: LastGood,
): Promise<EnforceState> {
  const isRecorded = JSON.stringify(footprint) === JSON.stringify(before.footprint);
  if (isRecorded && before.unrecorded === undefined) return before;
  const { tally, fresh, applied } = before;
  const state = { footprint, tally, fresh, ...(applied && { applied }) };
  try {
    await lastGood.storeFootprint(footprint);
    return state;
  } catch (error) {
    return { ...state, unrecorded: notRecorded(error) };
  }
}

function notRecorded(error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return {
    class: "wait",
    reason: "StateNotWritable",
    message: `the rules are in force, but how this host was found cannot be kept on disk, so uninstall may leave Docker's chain and jump behind: ${said}`,
  };
}

function count(tally: Tally, ruleset: WrittenRuleset, observed: ObservedKernel): Tally {
  return families.reduce((sum, family) => {
    const found = observed[family];
    if (found === "absent") return sum;
    const { chains } = ruleset[family];
    return tables.reduce(
      (all, table) => addCounts(all, { family, table }, chains[table], found.tables[table]),
      sum,
    );
  }, tally);
}
