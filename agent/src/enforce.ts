import { addCounts, forgetChains, keepCountsOf, type Tally } from "./core/counters.ts";
import type { Difference } from "./core/diff.ts";
import { describe } from "./core/diff.ts";
import type { Failure } from "./core/failure.ts";
import type { Footprint } from "./core/footprint.ts";
import type { HashedRuleset } from "./core/hash.ts";
import {
  differencesOf,
  footprintAfter,
  footprintBefore,
  type ObservedFamilies,
  type PlannedCommit,
  planCommits,
  type ReadBackFamilies,
  readBackOf,
} from "./core/plan.ts";
import { families } from "./core/ruleset.ts";
import type { Firewall, LastGood } from "./ports.ts";

/** A ruleset that was read back as it should be. */
interface Applied {
  readonly ruleset: HashedRuleset;
  readonly readBack: ReadBackFamilies;
}

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
  readonly observed?: ObservedFamilies;
  /** Absent: the kernel was read back and holds the ruleset. */
  readonly failure?: Failure;
}

/**
 * Brings the kernel to the ruleset and reads it back. Nothing is written when it is there already.
 * `onWrite` hears of the write before it happens, with the drift that makes it necessary, if it is one.
 */
export async function enforce(
  target: HashedRuleset,
  before: EnforceState,
  observed: ObservedFamilies,
  edges: { readonly firewall: Firewall; readonly lastGood: LastGood },
  onWrite: (drift: readonly Difference[]) => void,
): Promise<Enforced> {
  const counting = before.applied?.ruleset ?? target;
  let state: EnforceState = { ...before, tally: count(before.tally, counting, observed) };
  const readBack = before.applied?.readBack ?? { IPv4: new Map(), IPv6: new Map() };

  const footprint = footprintBefore(state.footprint, target, observed, before.fresh);
  const commits = planCommits(target, observed, footprint, readBack);
  if (commits.length > 0) {
    onWrite(
      before.applied === undefined
        ? []
        : differencesOf(counting, observed, before.applied.readBack),
    );
    state = await recordFootprint(state, footprint, edges.lastGood);
    const written = await write(commits, state, edges.firewall);
    if (written.failure !== undefined) return { ...written, observed };
    state = written.state;
    const after = await edges.firewall.observe();
    if (after.kind === "failed") return { state, failure: after.failure };
    observed = after;
    const failure = readBackFailure(target, observed, footprint);
    if (failure !== undefined) return { state, observed, failure };
    state = { ...state, tally: count(state.tally, target, observed) };
  }
  state = await recordFootprint(
    state,
    footprintAfter(state.footprint, target, observed),
    edges.lastGood,
  );
  const applied = { ruleset: target, readBack: readBackOf(observed) };
  return { state: { ...state, applied, tally: keepCountsOf(state.tally, target) }, observed };
}

async function write(
  commits: readonly PlannedCommit[],
  before: EnforceState,
  firewall: Firewall,
): Promise<{ readonly state: EnforceState; readonly failure?: Failure }> {
  let state = before;
  for (const { family, text, rewritten } of commits) {
    const result = await firewall.apply(family, text);
    if (result.kind === "failed") return { state, failure: result.failure };
    const { footprint, tally, unrecorded } = state;
    state = {
      footprint,
      tally: forgetChains(tally, family, rewritten),
      fresh: false,
      ...(unrecorded && { unrecorded }),
    };
  }
  return { state };
}

function readBackFailure(
  target: HashedRuleset,
  observed: ObservedFamilies,
  footprint: Footprint,
): Failure | undefined {
  if (planCommits(target, observed, footprint).length === 0) return undefined;
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

function count(tally: Tally, ruleset: HashedRuleset, observed: ObservedFamilies): Tally {
  return families.reduce((sum, family) => {
    const filter = observed[family];
    return filter === "absent" ? sum : addCounts(sum, family, ruleset[family], filter);
  }, tally);
}
