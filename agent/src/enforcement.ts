import { hostOptionsOf } from "@seawall/policy";
import { createConnectionCuts, type RulesBefore } from "./connection-cuts.ts";
import { countedChains, countsOf } from "./core/counters.ts";
import type { Difference } from "./core/diff.ts";
import type { Failure } from "./core/failure.ts";
import type { Footprint } from "./core/footprint.ts";
import type { HostSnapshot } from "./core/host-snapshot.ts";
import type { Fight, Findings } from "./core/judge.ts";
import { emptyRuleset, families, type Ruleset } from "./core/ruleset.ts";
import type { Status } from "./core/status.ts";
import { withinReach } from "./core/within-reach.ts";
import { createDriftKeeper } from "./drift-keeper.ts";
import { type EarlierReading, type ReadAt, readNow } from "./earlier-reading.ts";
import { type Enforced, type EnforceState, enforce, isAsApplied } from "./enforce.ts";
import type { PassPlan } from "./pass-plan.ts";
import type {
  Clock,
  Conntrack,
  CutRecords,
  Firewall,
  HostSnapshots,
  LastGood,
  Log,
  Look,
  OpenBundle,
  Reading,
  Routes,
  RulesRecords,
  RulesWatch,
} from "./ports.ts";
import { readingOf } from "./reading-findings.ts";
import { createRecordKeeper } from "./record-keeper.ts";
import { sweep } from "./sweep.ts";

/** What came of carrying out a plan. */
export interface Outcome {
  readonly phase: Findings["phase"];
  /** The target was read back. */
  readonly isRead: boolean;
  /** What others have changed and is not repaired. */
  readonly drift: readonly Difference[];
  /** Why the target was not written, or not read back. */
  readonly failure?: Failure;
  /** What else went wrong. */
  readonly failures: readonly Failure[];
  readonly news: Partial<Status>;
  /** How the target was read back. */
  readonly observed?: Reading;
  /** A repair waits for so long; absent: none does. */
  readonly repairInMs?: number;
}

/** What a plan is carried out from. */
export interface Before extends RulesBefore {
  readonly look: Look;
  readonly observed: Reading;
  readonly heard: number;
  readonly readAt: ReadAt;
  /** `observed` was read for another bundle: to be written upon, and not to be told of as it is. */
  readonly isForAnother: boolean;
  /** `observed` was read for this bundle, some time ago. */
  readonly isEarlier: boolean;
}

/** Told before anything is written, with what others changed, if that is why. */
export type OnWrite = (drift: readonly Difference[], news: Partial<Status>) => void;

interface Written {
  readonly result: Enforced;
  readonly repaired: readonly Difference[];
  /** How many changes had been heard of when the last write began, or the reading. */
  readonly heard: number;
  /** When the last reading began: what was heard before is seen by it, whosever it is. */
  readonly readAfter: number;
  readonly repairInMs?: number;
}

const noDrift: readonly Difference[] = [];

/** The one that writes rules, and what it has to remember for that. */
export interface Enforcement {
  /** Read from disk at first, which is to be before a newer bundle is kept there. */
  state(): Promise<EnforceState>;
  /** What others undo again and again. */
  fights(): readonly Fight[];
  readonly footprintDamaged: boolean;
  /** What is known of it. */
  readonly footprint: Footprint;
  /** The rules that were read back last. */
  readonly inForce: Ruleset | undefined;
  /** Those that stay where nothing newer can be rendered: as `inForce`, but for the none of an open host. */
  readonly rulesToKeep: Ruleset | undefined;
  /** How the rules in force were read back; absent: since then something was written, or tried to. */
  readonly earlier: EarlierReading | undefined;
  /** Brings the kernel to the plan's target, then the live connections to that. */
  carryOut(
    plan: PassPlan & { readonly target: Ruleset },
    before: Before,
    onWrite: OnWrite,
  ): Promise<Outcome>;
  /** Keeps what is known of the rules on disk; they stay where they are. */
  stop(): Promise<void>;
}

export interface EnforcementPorts {
  readonly firewall: Firewall;
  readonly lastGood: LastGood;
  readonly cutRecords: CutRecords;
  readonly openBundle: OpenBundle;
  readonly snapshots: HostSnapshots;
  readonly rulesRecords: RulesRecords;
  readonly rulesWatch: RulesWatch;
  readonly conntrack: Conntrack;
  readonly routes: Routes;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether somebody waits for the next pass. */
  readonly isCalled: () => boolean;
}

export function createEnforcement(ports: EnforcementPorts): Enforcement {
  const { firewall, lastGood, snapshots, rulesWatch, clock, log } = ports;
  const connectionCuts = createConnectionCuts(ports);
  const drifts = createDriftKeeper(rulesWatch, clock, log);
  const records = createRecordKeeper(ports.rulesRecords, clock, log);
  let state: EnforceState | undefined;
  let rulesToKeep: Ruleset | undefined;
  let earlier: EarlierReading | undefined;
  let footprintDamaged = false;

  const load = async (): Promise<EnforceState> => {
    const footprint = await lastGood.readFootprint();
    footprintDamaged = footprint === "damaged";
    const known = await records.load();
    return { footprint: footprint === "damaged" ? {} : footprint, ...known, fresh: true };
  };

  const readAtOf = (observed: Reading | undefined, before: Before): ReadAt =>
    observed === before.observed ? before.readAt : readNow(clock);

  const seenAfter = ({ state, observed }: Enforced, target: Ruleset, before: Before) => {
    const { tally, applied } = state;
    const inForce = applied?.ruleset ?? target;
    return {
      ...readingOf(observed, readAtOf(observed, before).wallMs),
      drifts: drifts.records,
      counters: families.flatMap((family) =>
        countsOf(tally, family, countedChains(inForce, family)),
      ),
    };
  };

  /** Decides on the way what is repaired now. */
  const write = async (
    { target, isOfBundle }: PassPlan & { readonly target: Ruleset },
    { look, observed, heard, isForAnother, isEarlier, readAt }: Before,
    onlyWarns: boolean,
    onWrite: OnWrite,
  ): Promise<Written> => {
    let written = { isBegun: false, heard, repaired: noDrift };
    let repairInMs: number | undefined;
    const writes = async (repaired: readonly Difference[]): Promise<void> => {
      connectionCuts.rulesChange();
      drifts.found(repaired);
      onWrite(repaired, { ...readingOf(observed, readAt.wallMs), drifts: drifts.records });
      await records.writes();
      written = { isBegun: true, heard: rulesWatch.heard, repaired };
    };
    const leaves = (found: readonly Difference[]): boolean => {
      if (onlyWarns) return true;
      const waitMs = drifts.waitMs(found);
      if (waitMs > 0) repairInMs = waitMs;
      return waitMs > 0;
    };
    let readAfter = heard;
    const observe: Firewall["observe"] = (at) => {
      readAfter = rulesWatch.heard;
      return firewall.observe(at);
    };
    const edges = {
      ...{ firewall: { ...firewall, observe }, lastGood, look },
      ...(isOfBundle ? {} : ({ keepsCounts: true } as const)),
    };
    const bringAbout = async (from: Reading): Promise<Enforced> => {
      const result = await enforce(target, state ?? (await load()), from, edges, writes, leaves);
      state = result.state;
      return result;
    };
    const readAnew = async (): Promise<Enforced> => {
      const now = await observe(look);
      return now.kind === "failed"
        ? { state: state ?? (await load()), failure: now.failure }
        : await bringAbout(now);
    };
    // What a chain has counted since then would be gone with it.
    const isStale =
      isEarlier && !isAsApplied(withinReach(target, observed), state?.applied, observed);
    let result = await (isStale ? readAnew() : bringAbout(observed));
    if (isForAnother && !written.isBegun) result = await readAnew();
    return { ...written, readAfter, result, ...(repairInMs !== undefined && { repairInMs }) };
  };

  return {
    state: async () => {
      await connectionCuts.load();
      return (state ??= await load());
    },
    fights: () => drifts.fights(),
    get footprintDamaged() {
      return footprintDamaged;
    },
    get footprint() {
      return state?.footprint ?? {};
    },
    get inForce() {
      return state?.applied?.ruleset;
    },
    get rulesToKeep() {
      return rulesToKeep;
    },
    get earlier() {
      return earlier;
    },
    async carryOut(plan, before, onWrite) {
      const { target } = plan;
      earlier = undefined;
      const unkept = await connectionCuts.begin(plan, before);
      const onlyWarns = hostOptionsOf(before.bundle?.desired.options).drift === "Warn";
      const written = await write(plan, before, onlyWarns, onWrite);
      const { result, repaired, heard, readAfter, repairInMs } = written;
      const { failure, left } = result;
      const failures = [...unkept, ...unrecordedIn(result.state)];
      if (failure !== undefined) {
        const news = seenAfter(result, target, before);
        return { phase: "done", isRead: false, drift: repaired, failure, failures, news };
      }
      if (left !== undefined) {
        drifts.found(left);
        return {
          ...{ phase: onlyWarns ? "onlyWarns" : "fought", isRead: false, drift: left },
          ...{ failures, news: seenAfter(result, target, before) },
          ...(repairInMs !== undefined && { repairInMs }),
        };
      }
      drifts.readBack(repaired, heard);
      // Right behind the reading: whoever ends us meanwhile leaves what is so.
      const unkeptRecord = await records.keep(result.state);
      const followed = await connectionCuts.follow(plan, before);
      const unkeptSnapshot = await keepSnapshot(plan.snapshot, snapshots);
      const edges = { firewall, lastGood, look: before.look };
      const swept = await sweep(result.observed.elsewhere, result.state, edges);
      state = swept.state;
      if (!swept.hadRules) {
        const { bundle, look } = before;
        const { observed: reading } = result;
        const readAt = readAtOf(reading, before);
        earlier = { bundle, look, reading, readAt, heard: readAfter };
      }
      const isOpening = target === emptyRuleset && !plan.isOfBundle;
      if (!isOpening) rulesToKeep = target;
      return {
        ...{ phase: "done", isRead: true, drift: noDrift },
        failures: [
          ...unkept,
          ...followed.failures,
          ...unkeptSnapshot,
          ...unkeptRecord,
          ...(swept.failure === undefined ? [] : [swept.failure]),
          ...unrecordedIn(state),
        ],
        news: { ...plan.whenEnforced, ...followed.news, ...seenAfter(result, target, before) },
        observed: result.observed,
      };
    },
    stop: async () => {
      if (state !== undefined) await records.stop(state);
    },
  };
}

function unrecordedIn({ unrecorded }: EnforceState): readonly Failure[] {
  return unrecorded === undefined ? [] : [unrecorded];
}

/** Rules in force are not worth less for a full disk; the next boot is. */
async function keepSnapshot(
  snapshot: HostSnapshot | undefined,
  snapshots: HostSnapshots,
): Promise<readonly Failure[]> {
  if (snapshot === undefined) return [];
  try {
    await snapshots.store(snapshot);
    return [];
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const message = `the rules are in force, but what this host is like cannot be kept on disk, so after a reboot more may be held than needs to be until the agent runs: ${said}`;
    return [{ class: "wait", reason: "StateNotWritable", message }];
  }
}
