import { isDeepStrictEqual } from "node:util";
import type { Family } from "@seawall/policy";
import {
  addCounts,
  countedChains,
  forgetChains,
  keepCountsOf,
  type Tally,
} from "./core/counters.ts";
import type { Difference } from "./core/diff.ts";
import { describe } from "./core/diff.ts";
import type { Failure } from "./core/failure.ts";
import { type Footprint, footprintAfter, footprintBefore } from "./core/footprint.ts";
import { isEmptyTable } from "./core/nft-table.ts";
import type { ObservedTables } from "./core/observed-kernel.ts";
import {
  type Applied,
  differencesOf,
  isDone,
  type Plan,
  planChange,
  readBackOf,
} from "./core/plan.ts";
import {
  changedSets,
  type LeftRules,
  setsLeft,
  type VariantsInUse,
  writtenDigest,
} from "./core/rules-record.ts";
import { families, perTable, type Ruleset, tables } from "./core/ruleset.ts";
import { withinReach } from "./core/within-reach.ts";
import type { WrittenRuleset } from "./core/written-ruleset.ts";
import type { Firewall, LastGood, Look, Reading } from "./ports.ts";

interface InForce extends Applied {
  readonly variants: VariantsInUse;
  readonly programs: string;
}

export interface EnforceState {
  readonly footprint: Footprint;
  readonly tally: Tally;
  /** The reading that was counted last. */
  readonly counted?: ObservedTables;
  /** Absent while it is not known: at first, and between a write and its reading back. */
  readonly applied?: InForce;
  /** What is known in its place. */
  readonly left?: LeftRules;
  /** True until this run has written once. */
  readonly fresh: boolean;
  /** Why the footprint is not on disk as it is here; tried again at every pass. */
  readonly unrecorded?: Failure;
}

/** What a kernel is brought to a ruleset by. */
export interface EnforceEdges {
  readonly firewall: Firewall;
  readonly lastGood: LastGood;
  readonly look: Look;
  /** These are not the rules of policies, or not all of them: what others have counted goes on when they come back. */
  readonly keepsCounts?: true;
}

export type Enforced =
  /** The kernel was read back and holds the ruleset. */
  | {
      readonly state: EnforceState;
      readonly observed: Reading;
      readonly left?: undefined;
      readonly failure?: undefined;
    }
  /** Changes by somebody else stay as they were found: nothing was written. */
  | {
      readonly state: EnforceState;
      readonly observed: Reading;
      readonly left: readonly Difference[];
      readonly failure?: undefined;
    }
  | {
      readonly state: EnforceState;
      /** The last reading of the kernel; absent when it could not be read. */
      readonly observed?: Reading;
      readonly left?: undefined;
      readonly failure: Failure;
    };

/** Into one backend, and out of the other. What is still to be written then, somebody else has changed meanwhile. */
const mostTurns = 2;

/**
 * Brings the kernel to the ruleset and reads it back. Nothing is written when it is there already. Where the rules
 * change over to the other backend they are written and read back there first, and only then taken away here.
 * `onWrite` hears of the write before it happens, with the drift that makes it necessary, if it is one. `leaves` may
 * keep a repair from happening; with anything new to write, all is written.
 */
export async function enforce(
  target: Ruleset,
  before: EnforceState,
  observed: Reading,
  { firewall, lastGood, look, keepsCounts }: EnforceEdges,
  onWrite: (drift: readonly Difference[]) => void | Promise<void>,
  leaves: (drift: readonly Difference[]) => boolean = () => false,
): Promise<Enforced> {
  const footprint = footprintBefore(before.footprint, target, observed, before.fresh);
  let ruleset = withinReach(target, observed);
  const known = before.applied ?? before.left ?? nothingKnown;
  let plan = planChange(ruleset, observed, footprint, known);
  const applied = before.applied ?? appliedBefore(before.left, ruleset, plan, observed);
  const counting = applied?.written ?? plan.target;
  let state = count({ ...before, ...(applied && { applied }) }, counting, observed);
  if (!isDone(plan)) {
    const drift = driftOf(applied, observed, { before: before.left, kept: plan.kept });
    const isRepair = drift.length > 0 && isAsApplied(ruleset, applied, observed);
    if (isRepair && leaves(drift)) return { state, observed, left: drift };
    await onWrite(drift);
    state = await recordFootprint(state, footprint, lastGood);
  }
  let turn = 0;
  while (!isDone(plan)) {
    turn += 1;
    const written = await write(plan, state, firewall);
    state = written.state;
    if (written.failure !== undefined) {
      const isRepair = isAsApplied(ruleset, applied, observed);
      if (!isRepair) state = await afterFailure(state, firewall, look);
      return { state, observed, failure: written.failure };
    }
    const after = await firewall.observe(look);
    if (after.kind === "failed") return { state, failure: after.failure };
    observed = after;
    ruleset = withinReach(target, observed);
    const next = planChange(ruleset, observed, footprint);
    const isSame = (plan.nft === undefined) === (next.nft === undefined);
    if (!isDone(next) && (isSame || turn === mostTurns)) {
      return { state, observed, failure: readBackFailure(next, observed) };
    }
    plan = next;
    state = count(state, plan.target, observed);
  }
  await firewall.destroySets(plan.leftovers);
  const left = footprintAfter(state.footprint, target, observed);
  state = await recordFootprint(state, left, lastGood);
  const counted = (family: Family) => countedChains(ruleset, family);
  const tally = keepsCounts
    ? state.tally
    : keepCountsOf(state.tally, { IPv4: counted("IPv4"), IPv6: counted("IPv6") });
  const inForce = { ruleset, written: plan.target, readBack: readBackOf(observed) };
  const where = { variants: variantsOf(observed), programs: programsOf(ruleset, observed) };
  return { state: { ...state, tally, applied: { ...inForce, ...where } }, observed };
}

/** What an agent before this one has read back, where these very rules are what it had written. */
function appliedBefore(
  before: LeftRules | undefined,
  ruleset: Ruleset,
  { kept }: Plan,
  observed: Reading,
): InForce | undefined {
  if (before === undefined || before.digest !== writtenDigest(kept)) return undefined;
  // Another version may print the same rules in other words.
  if (before.programs !== programsOf(ruleset, observed)) return undefined;
  const { readBack, variants, programs } = before;
  return { ruleset, written: kept, readBack, variants, programs };
}

/** By which these rules are read. */
function programsOf({ nft }: Ruleset, { version, nftVersion = "" }: Reading): string {
  return isEmptyTable(nft) ? version : nftVersion;
}

/** What is known of these rules, for whoever goes on from here. */
export function leftBy({ applied, left }: EnforceState): LeftRules | undefined {
  if (applied === undefined) return left;
  const { written, readBack, variants, programs } = applied;
  const [digest, sets] = [writtenDigest(written), setsLeft(written)];
  return { digest, sets, readBack, variants, programs };
}

// What is missing because Docker went over to the other variant of iptables, and we follow, nobody took away. Where other
// rules are wanted than an agent before this one has left, its sets alone are known.
function driftOf(
  applied: InForce | undefined,
  observed: ObservedTables,
  { before, kept }: { readonly before: LeftRules | undefined; readonly kept: WrittenRuleset },
): readonly Difference[] {
  if (applied === undefined) {
    return before?.sets === undefined ? [] : changedSets(before.sets, kept, observed);
  }
  const variants = variantsOf(observed);
  return differencesOf(applied.written, observed, applied.readBack).filter(
    ({ family }) => family === "inet" || variants[family] === applied.variants[family],
  );
}

/** Whether nothing but changes by others is to be written: neither other rules, nor the same in another variant. */
export function isAsApplied(
  ruleset: Ruleset,
  applied: InForce | undefined,
  observed: ObservedTables,
): boolean {
  return (
    isDeepStrictEqual(ruleset, applied?.ruleset) &&
    isDeepStrictEqual(variantsOf(observed), applied?.variants)
  );
}

function variantsOf(observed: ObservedTables): VariantsInUse {
  const of = (family: Family) => {
    const found = observed[family];
    return found === "absent" ? found : found.variant;
  };
  return { IPv4: of("IPv4"), IPv6: of("IPv6") };
}

const nothingRead = perTable(() => new Map<string, string>());
// An agent before this one may have written what reads the same by its hashes; so all is written anew.
const nothingKnown: LeftRules = {
  readBack: { IPv4: nothingRead, IPv6: nothingRead, nft: new Map() },
  variants: { IPv4: "absent", IPv6: "absent" },
  programs: "",
};

// Sets first: a rule that names one which is not there makes iptables refuse the whole commit.
async function write(
  { sets, commits, nft }: Plan,
  before: EnforceState,
  firewall: Firewall,
): Promise<{ readonly state: EnforceState; readonly failure?: Failure }> {
  let state = before;
  for (const { text, inPlace } of sets) {
    const result = await firewall.applySets(text);
    if (result.kind === "failed") return { state, failure: result.failure };
    if (inPlace) state = unknownNow(state, state.tally);
  }
  for (const commit of commits) {
    const result = await firewall.apply(commit);
    if (result.kind === "failed") return { state, failure: result.failure };
    const { family, rewritten } = commit;
    const tally = tables.reduce(
      (kept, table) => forgetChains(kept, { family, table }, rewritten[table]),
      state.tally,
    );
    state = unknownNow(state, tally);
  }
  if (nft !== undefined) {
    const result = await firewall.applyNft(nft.text);
    if (result.kind === "failed") return { state, failure: result.failure };
    const tally = families.reduce(
      (kept, family) => forgetChains(kept, { family, table: "inet" }, nft.rewritten),
      state.tally,
    );
    state = unknownNow(state, tally);
  }
  return { state };
}

/**
 * A write that failed may be in the kernel all the same, or a part of it: then what differs is nobody else's doing, and only what
 * still reads as it did before is known.
 */
async function afterFailure(
  state: EnforceState,
  firewall: Firewall,
  look: Look,
): Promise<EnforceState> {
  const { applied } = state;
  const { readBack, variants, programs } = applied ?? state.left ?? nothingKnown;
  const observed = await firewall.observe(look);
  const isAsBefore =
    applied !== undefined &&
    observed.kind === "observed" &&
    differencesOf(applied.written, observed, readBack).length === 0;
  if (isAsBefore) return state;
  const left = { readBack, variants, programs };
  return { ...unknownNow(state, state.tally), fresh: state.fresh, left };
}

/** Something was written and is not read back yet. */
function unknownNow({ footprint, unrecorded }: EnforceState, tally: Tally): EnforceState {
  return { footprint, tally, fresh: false, ...(unrecorded && { unrecorded }) };
}

export function readBackFailure({ target }: Plan, observed: ObservedTables): Failure {
  const what = differencesOf(target, observed).map((it) => `${it.family}: ${describe(it)}`);
  return {
    class: "retry",
    reason: "ReadBackDiffers",
    message: `the kernel does not hold what was written: ${what.join("; ")}`,
  };
}

// A full disk must not keep rules out of the kernel: without the record, leaving is less tidy; without the
// rules, the host is open. So it is reported, and the rules go in.
export async function recordFootprint(
  before: EnforceState,
  footprint: Footprint,
  lastGood: LastGood,
): Promise<EnforceState> {
  const isRecorded = JSON.stringify(footprint) === JSON.stringify(before.footprint);
  if (isRecorded && before.unrecorded === undefined) return before;
  const { tally, fresh, applied, left } = before;
  const state = { footprint, tally, fresh, ...(applied && { applied }), ...(left && { left }) };
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

function count(
  state: EnforceState,
  ruleset: WrittenRuleset,
  observed: ObservedTables,
): EnforceState {
  if (observed === state.counted) return state;
  const tally = families.reduce((sum, family) => {
    const { nft = "absent", [family]: found } = observed;
    const own = ruleset.nft.chains.filter((chain) => chain.family === family);
    const all = nft === "absent" ? sum : addCounts(sum, { family, table: "inet" }, own, nft);
    if (found === "absent") return all;
    const { chains } = ruleset[family];
    return tables.reduce(
      (more, table) => addCounts(more, { family, table }, chains[table], found.tables[table]),
      all,
    );
  }, state.tally);
  return { ...state, tally, counted: observed };
}
