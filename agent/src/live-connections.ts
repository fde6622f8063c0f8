import { isDeepStrictEqual } from "node:util";
import type { Coverage } from "./core/announcement.ts";
import type { CountedCuts } from "./core/applied-cuts.ts";
import type { Connection } from "./core/connection.ts";
import type { ConnectionFilter } from "./core/connection-filter.ts";
import { connectionJudgeOf, type RenderedFrom } from "./core/connection-judge-of.ts";
import { connectionMessage } from "./core/connection-message.ts";
import type { Failure } from "./core/failure.ts";
import type { HostRoutes } from "./core/host-routes.ts";
import { type ConnectionJudge, deniesAnything } from "./core/judge-connection.ts";
import { elapsedMs } from "./core/moment.ts";
import { createMarkPlanner, type MarkPlan, type NotJudged, noneUntold } from "./core/plan-marks.ts";
import type { ConnectionsStatus } from "./core/status.ts";
import type { Clock, Conntrack, Routes } from "./ports.ts";

export interface ConnectionsJudged {
  /** How many were found open, and then found cut, since rules have changed; 0: none now. */
  readonly cut: number;
  readonly notJudged: NotJudged;
  /** Those that were cut by this call; absent: nobody asked. */
  readonly counted?: CountedCuts;
  /** Absent: all were listed, and exactly those are cut that are denied. */
  readonly failure?: Failure;
}

/** Those that were cut before some are found again stay in memory until others are. */
export function connectionsAfter(
  before: ConnectionsStatus,
  { cut, notJudged }: ConnectionsJudged,
  now: number,
): ConnectionsStatus {
  return cut === 0 ? { ...before, notJudged } : { cut, cutAtMs: now, notJudged };
}

/** Keeps live connections to what the rules say of new ones. */
export interface LiveConnections {
  /** Rules have changed, or are about to. */
  rulesChange(): void;
  /**
   * With the rules in force. undefined: they have not changed since all were judged.
   * @param from absent where these are the rules of before, because newer ones could not be rendered.
   * @param covers asks for a count of those that are cut, and of those among them that it does not cover.
   */
  judge(
    from: RenderedFrom | undefined,
    covers?: (routes: HostRoutes) => Coverage,
  ): Promise<ConnectionsJudged | undefined>;
}

export interface LiveConnectionsPorts {
  readonly conntrack: Conntrack;
  readonly routes: Routes;
  readonly clock: Pick<Clock, "moment">;
  /** Whether somebody waits for the loop: a newer bundle, Docker, others' rules. */
  readonly isCalled: () => boolean;
}

export function createLiveConnections(ports: LiveConnectionsPorts): LiveConnections {
  let isDue = true;
  let cutBefore = 0;
  let callsBefore = 0;
  let fewest = Infinity;
  let routesBefore: HostRoutes | undefined;
  let known: RenderedFrom | undefined;
  return {
    rulesChange: () => {
      isDue = true;
      cutBefore = 0;
      fewest = Infinity;
    },
    judge: async (from, covers) => {
      known = from ?? known;
      if (!isDue || known === undefined) return undefined;
      const routes = await ports.routes.read();
      // By other routes others are denied.
      if (!isDeepStrictEqual(routes, routesBefore)) fewest = Infinity;
      routesBefore = routes;
      const judge = connectionJudgeOf(known, routes);
      const { counted, calls, left, ...judged } = await markUntilRight(
        { judge, covers: covers?.(routes) },
        ports.conntrack,
        createPatience(ports),
        { calls: callsBefore, fewest },
      );
      callsBefore += calls;
      fewest = Math.min(fewest, left);
      const canDeny = deniesAnything(known.state);
      // Otherwise nothing that is open is denied, whether it can be listed or not.
      isDue = canDeny && judged.failure !== undefined;
      if (!canDeny) return { cut: 0, notJudged: noneUntold };
      cutBefore += judged.cut;
      const cut = judged.cut > 0 ? cutBefore : 0;
      return { ...judged, cut, ...(covers && { counted }) };
    },
  };
}

/** More than one, because connections come and go, and a change may fail for one that has just gone. */
const mostLooks = 5;

/** Whether to go on, or to look after the rules first; the rest is done by the next passes. */
type Patience = (calls: number) => boolean;

/** Calls of conntrack, each over the whole table, which a flood makes long. */
const mostCalls = 100;
/** So many are made even where somebody calls all the time, or it ends never. */
const leastCalls = 10;
const mostMs = 5_000;

function createPatience({ isCalled, clock }: LiveConnectionsPorts): Patience {
  const since = clock.moment();
  return (calls) => {
    if (calls < leastCalls) return true;
    const tookMs = elapsedMs(since, clock.moment()) ?? Infinity;
    return calls < mostCalls && !isCalled() && tookMs < mostMs;
  };
}

interface Judging {
  readonly judge: ConnectionJudge;
  readonly covers: Coverage | undefined;
}

type Marked = ConnectionsJudged & {
  readonly counted: CountedCuts;
  readonly calls: number;
  /** How many were not as they should be when it looked last. */
  readonly left: number;
};

/** Since rules have changed. */
interface MarkedBefore {
  /** So many changes on it begins, or what fails time after time would keep the rest from its turn. */
  readonly calls: number;
  /** The least that was left: where it does not become less, somebody undoes what is marked, at whatever pace. */
  readonly fewest: number;
}

/** Looks, and changes what is not as it should be, until a look finds nothing. */
async function markUntilRight(
  { judge, covers }: Judging,
  conntrack: Conntrack,
  goesOn: Patience,
  before: MarkedBefore,
): Promise<Marked> {
  const counting = createCutCount(judge);
  let first: MarkPlan | undefined;
  let left: MarkPlan | undefined;
  let failure: Failure | undefined;
  let calls = 0;
  let failed = 0;
  let gaveWay = false;
  const make = async ({ filter, isCut }: Change): Promise<boolean> => {
    calls += 1;
    const marked = await conntrack.mark(filter, isCut);
    if (marked.kind === "failed") {
      failed += 1;
      ({ failure } = marked);
    }
    return marked.kind === "more";
  };
  for (let look = 1; look <= mostLooks; look++) {
    const planner = createMarkPlanner(judge, covers);
    const listed = await conntrack.list(planner);
    if (listed.kind === "failed") {
      counting.unseen();
      const unknown = { calls, left: Infinity, notJudged: noneUntold };
      return { ...counting.counted(), ...unknown, failure: listed.failure };
    }
    const plan = planner.plan();
    counting.look(plan);
    first ??= plan;
    left = plan;
    if (isDone(plan)) {
      return { ...counting.counted(), calls, left: 0, notJudged: plan.notJudged };
    }
    gaveWay = !goesOn(calls);
    if (look === mostLooks || gaveWay) break;
    failure = undefined;
    // In turns, and each of them is tried, whatever fails.
    const changes = inTurn(changesOf(plan), before.calls);
    for (let change = changes.shift(); change && goesOn(calls); change = changes.shift()) {
      if (await make(change)) changes.push(change);
    }
  }
  // What does not become less is not under way, however much is changed: somebody undoes it. Nor what only ends by itself.
  const isLess = wrongIn(left) < Math.min(wrongIn(first), before.fewest);
  const isUnderWay = gaveWay && failed < calls && isLess;
  const rest = { ...notTaken(left), ...(isUnderWay && { isUnderWay }) };
  const why = isUnderWay ? rest : (failure ?? rest);
  return {
    ...{ ...counting.counted(), calls, left: wrongIn(left) },
    ...{ notJudged: noneUntold, failure: why },
  };
}

function inTurn<T>(list: readonly T[], from: number): T[] {
  const start = list.length === 0 ? 0 : from % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Those that are over as well: after many short connections they are most of the work. */
function wrongIn(plan: MarkPlan | undefined): number {
  const marks = plan === undefined ? [] : [plan.cut, plan.release];
  return marks.reduce((sum, { connections, over }) => sum + connections + over, 0);
}

const noCut = { cut: 0, unannounced: 0 };

/** Counts from look to look: what was open and denied, and is not any more, is cut. */
function createCutCount(judge: ConnectionJudge) {
  let before = noCut;
  let sum = noCut;
  let named: readonly Connection[] = [];
  return {
    look: ({ cut: { connections: cut }, unannounced }: MarkPlan): void => {
      const now = { cut, unannounced: unannounced.connections };
      sum = {
        cut: sum.cut + Math.max(0, before.cut - now.cut),
        unannounced: sum.unannounced + Math.max(0, before.unannounced - now.unannounced),
      };
      if (named.length === 0) named = unannounced.first;
      before = now;
    },
    /** What was marked after the last look may all be cut, and then nobody finds it open again to count it. */
    unseen: () => {
      sum = { cut: sum.cut + before.cut, unannounced: sum.unannounced + before.unannounced };
      before = noCut;
    },
    counted: () => ({
      cut: sum.cut,
      counted: {
        ...sum,
        first: (sum.unannounced === 0 ? [] : named).map((ends) => {
          const { policy = "", rule = "" } = judge.denial(ends) ?? {};
          return { connection: connectionMessage(ends), policy, rule };
        }),
      },
    }),
  };
}

function isDone({ cut, release }: MarkPlan): boolean {
  return cut.filters.length === 0 && release.filters.length === 0;
}

interface Change {
  readonly filter: ConnectionFilter;
  readonly isCut: boolean;
}

function changesOf({ cut, release }: MarkPlan): readonly Change[] {
  return [
    ...cut.filters.map((filter) => ({ filter, isCut: true })),
    ...release.filters.map((filter) => ({ filter, isCut: false })),
  ];
}

const none = { connections: 0, over: 0 };

function notTaken(left: MarkPlan | undefined): Failure {
  const { cut, release } = left ?? { cut: none, release: none };
  const over = cut.over + release.over;
  const counts = [
    `${String(cut.connections)} that are denied are open`,
    `${String(release.connections)} that are allowed are cut`,
    ...(over === 0 ? [] : [`beside ${String(over)} that are over`]),
  ];
  return {
    class: "retry",
    reason: "ConnectionsNotCut",
    message: `marks of connections are not all set yet, or not kept: ${counts.join(", ")}`,
  };
}
