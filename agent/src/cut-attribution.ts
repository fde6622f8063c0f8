import type { DesiredState } from "@seawall/policy";
import {
  type Announcement,
  type AppliedChange,
  announcementOf,
  type Coverage,
  coverageOf,
  nothingCovered,
} from "./core/announcement.ts";
import { type AppliedCuts, addedCuts, type CountedCuts, noCuts } from "./core/applied-cuts.ts";
import type { Failure } from "./core/failure.ts";
import type { HostRoutes } from "./core/host-routes.ts";
import type { Bundle, CutRecords, LastGood, Log, OpenBundle } from "./ports.ts";

/**
 * Whose doing it is that live connections are cut: that of a revision, from when its first bundle is about to be written
 * until all connections are judged by it. What is cut later, because the host has changed or its labels or mode have, is not.
 * What cannot be known is not told: where another agent has brought the revision into force, or this one was stopped meanwhile.
 */
export interface CutAttribution {
  /** Before a newer bundle is kept on disk: what is there is what the run of the agent before this one came to. */
  load(): Promise<void>;
  /** Before anything is written of the bundle. @param before what was in force */
  begin(bundle: Bundle, before: DesiredState | undefined): Promise<readonly Failure[]>;
  /** What is asked of connections that are cut now; undefined: they are cut for other reasons. */
  readonly covers: ((routes: HostRoutes) => Coverage) | undefined;
  /** All connections were judged, or as many as could be. */
  judged(counted: CountedCuts | undefined, isComplete: boolean): Promise<readonly Failure[]>;
  /** Nobody knows how many were cut: judging them ended where it must not. */
  lost(): void;
  /** Of the revision in force. */
  readonly told: AppliedCuts | undefined;
}

export interface CutAttributionPorts {
  readonly cutRecords: CutRecords;
  readonly lastGood: Pick<LastGood, "read">;
  readonly openBundle: OpenBundle;
  readonly log: Pick<Log, "warn">;
}

type RevisionId = Pick<Bundle, "epoch" | "revision">;
type BundleId = Pick<Bundle, "epoch" | "revision" | "generation">;

interface SetAside {
  readonly bundle: BundleId;
  readonly cuts: AppliedCuts;
}

interface Counting {
  readonly change: AppliedChange;
  readonly announcement: Announcement | undefined;
  readonly sum: CountedCuts;
}

export function createCutAttribution(ports: CutAttributionPorts): CutAttribution {
  const { cutRecords, lastGood, openBundle, log } = ports;
  let loaded = false;
  /** Rules of it may have been written, and what they have cut not been told; `any`: of which revision is not known. */
  let inDoubt: BundleId | "any" | undefined;
  let current: BundleId | undefined;
  /** Of what the host has taken back itself, and may try again. */
  let setAside: SetAside | undefined;
  let told: AppliedCuts | undefined;
  let isStored = true;
  /** Absent: what is cut is not its doing, or nobody knows. */
  let counting: Counting | undefined;

  /** What cannot be read is not known, and no reason not to write rules. */
  const readOr = async <T>(read: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      log.warn({ err: error }, "what is on disk of cut connections cannot be read: it is not told");
      return otherwise;
    }
  };

  const doubtOf = async (): Promise<BundleId | "any" | undefined> => {
    const stored = await lastGood.read();
    if (stored.kind !== "stored") return stored.kind === "unreadable" ? "any" : undefined;
    const newest = openBundle(stored.record.newest.envelope);
    return newest.kind === "refused" ? "any" : newest.bundle;
  };

  /** Where the fleet has gone on from a revision, that one comes again only by somebody's word, and as if it were new. */
  const goOn = (bundle: BundleId): void => {
    if (inDoubt !== "any" && isPast(inDoubt, bundle)) inDoubt = undefined;
    if (isPast(setAside?.bundle, bundle)) setAside = undefined;
  };

  const soFar = (): AppliedCuts | undefined => {
    if (told !== undefined || counting === undefined || current === undefined) return told;
    const { epoch, revision } = current;
    return { epoch, revision, ...counting.sum, announced: counting.announcement !== undefined };
  };

  const store = async (): Promise<readonly Failure[]> => {
    if (told === undefined || isStored) return [];
    try {
      await cutRecords.store(told);
      isStored = true;
      return [];
    } catch (error) {
      return [notKept(error)];
    }
  };

  return {
    async load() {
      if (loaded) return;
      loaded = true;
      told = await readOr(() => cutRecords.read(), undefined);
      inDoubt = await readOr(doubtOf, "any");
    },
    async begin(bundle, before) {
      goOn(bundle);
      if (isSame(current, bundle)) return await store();
      const { epoch, revision, generation, desired: after } = bundle;
      const cuts = soFar();
      if (current !== undefined && cuts !== undefined && isNewer(current, bundle)) {
        setAside = { bundle: current, cuts };
      }
      current = { epoch, revision, generation };
      const isInDoubt = inDoubt === "any" || isSame(inDoubt, bundle);
      if (isInDoubt) inDoubt = current;
      counting = undefined;
      if (isSame(told, bundle)) return [];
      told = undefined;
      if (isInDoubt) return [];
      const change = { revision, before, after };
      const announcements = await readOr(() => cutRecords.announcements(), []);
      const sum =
        setAside !== undefined && isSame(setAside.bundle, bundle)
          ? countsOf(setAside.cuts)
          : noCuts;
      counting = { change, announcement: announcementOf(announcements, change), sum };
      return [];
    },
    get covers() {
      if (counting === undefined) return undefined;
      const { change, announcement } = counting;
      return (routes: HostRoutes) =>
        announcement === undefined ? nothingCovered : coverageOf(announcement, change, routes);
    },
    async judged(counted = noCuts, isComplete) {
      if (counting === undefined || current === undefined) return [];
      const { announcement } = counting;
      const sum = addedCuts(counting.sum, counted);
      counting = isComplete ? undefined : { ...counting, sum };
      if (!isComplete) return [];
      const { epoch, revision } = current;
      told = { epoch, revision, ...sum, announced: announcement !== undefined };
      isStored = false;
      return await store();
    },
    lost() {
      counting = undefined;
    },
    get told() {
      return told;
    },
  };
}

function isSame(one: RevisionId | undefined, other: RevisionId): boolean {
  return one?.epoch === other.epoch && one.revision === other.revision;
}

function isNewer(one: BundleId, other: BundleId): boolean {
  return (
    one.epoch > other.epoch || (one.epoch === other.epoch && one.generation > other.generation)
  );
}

/** Whether the bundle is of another revision, and came later. */
function isPast(one: BundleId | undefined, bundle: BundleId): boolean {
  return one !== undefined && !isSame(one, bundle) && isNewer(bundle, one);
}

function countsOf({ cut, unannounced, first }: AppliedCuts): CountedCuts {
  return { cut, unannounced, first };
}

function notKept(error: unknown): Failure {
  const said = error instanceof Error ? error.message : String(error);
  return {
    ...{ class: "wait", reason: "StateNotWritable" },
    message: `the rules are in force, but which connections they have cut cannot be kept on disk, so it is not known after a restart: ${said}`,
  };
}
