import type { Family, ResolvedState } from "@seawall/policy";
import type { ConnectionFilter } from "./core/connection-filter.ts";
import type { Failure } from "./core/failure.ts";
import type { HostRoutes } from "./core/host-routes.ts";
import {
  type ConnectionJudge,
  createConnectionJudge,
  deniesAnything,
} from "./core/judge-connection.ts";
import { elapsedMs } from "./core/moment.ts";
import { createMarkPlanner, type MarkPlan, type NotJudged, noneUntold } from "./core/plan-marks.ts";
import type { ConnectionsStatus } from "./core/status.ts";
import type { Clock, Conntrack, Routes, RulesWatch } from "./ports.ts";

/** What the rules in force were rendered from, and what live connections are judged by. */
export interface RenderedFrom {
  readonly state: ResolvedState;
  /** Whether rules see what stays on one bridge. */
  readonly bridgeNf: Readonly<Record<Family, boolean>>;
}

export interface ConnectionsJudged {
  /** How many were found open, and then found cut, since rules have changed; 0: none now. */
  readonly cut: number;
  readonly notJudged: NotJudged;
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
   */
  judge(from: RenderedFrom | undefined): Promise<ConnectionsJudged | undefined>;
}

export interface LiveConnectionsPorts {
  readonly conntrack: Conntrack;
  readonly routes: Routes;
  readonly rulesWatch: Pick<RulesWatch, "heard">;
  readonly clock: Pick<Clock, "moment">;
}

export function createLiveConnections(ports: LiveConnectionsPorts): LiveConnections {
  let isDue = true;
  let cutBefore = 0;
  let known: RenderedFrom | undefined;
  return {
    rulesChange: () => {
      isDue = true;
      cutBefore = 0;
    },
    judge: async (from) => {
      known = from ?? known;
      if (!isDue || known === undefined) return undefined;
      const judge = connectionJudgeOf(known, await ports.routes.read());
      const judged = await markUntilRight(judge, ports.conntrack, createPatience(ports));
      const canDeny = deniesAnything(known.state);
      // Otherwise nothing that is open is denied, whether it can be listed or not.
      isDue = canDeny && judged.failure !== undefined;
      if (!canDeny) return { cut: 0, notJudged: noneUntold };
      cutBefore += judged.cut;
      return { ...judged, cut: judged.cut > 0 ? cutBefore : 0 };
    },
  };
}

/** Judges what is open on the host by what its rules are rendered from. */
export function connectionJudgeOf(
  { state, bridgeNf }: RenderedFrom,
  routes: HostRoutes,
): ConnectionJudge {
  const { dockerBridges, interfaces } = state;
  return createConnectionJudge(state, {
    ...{ bridgeNf, dockerBridges, routes },
    named: interfaces.map((one) => one.interface),
  });
}

/** More than one, because connections come and go, and a change may fail for one that has just gone. */
const mostLooks = 5;

/** Whether to go on, or to look after the rules first; the rest is done with the next pass. */
type Patience = (calls: number) => boolean;

/** Calls of conntrack, each over the whole table, which a flood makes long. */
const mostCalls = 100;
/** So many are made even where others change rules all the time, or it ends never. */
const leastCalls = 10;
const mostMs = 5_000;

function createPatience({ rulesWatch, clock }: LiveConnectionsPorts): Patience {
  const { heard } = rulesWatch;
  const since = clock.moment();
  return (calls) => {
    if (calls < leastCalls) return true;
    const tookMs = elapsedMs(since, clock.moment()) ?? Infinity;
    return calls < mostCalls && rulesWatch.heard === heard && tookMs < mostMs;
  };
}

/** Looks, and changes what is not as it should be, until a look finds nothing. */
async function markUntilRight(
  judge: ConnectionJudge,
  conntrack: Conntrack,
  goesOn: Patience,
): Promise<ConnectionsJudged> {
  let cut = 0;
  let left: MarkPlan | undefined;
  let failure: Failure | undefined;
  let calls = 0;
  let gaveWay = false;
  for (let look = 1; look <= mostLooks; look++) {
    const planner = createMarkPlanner(judge);
    const listed = await conntrack.list(planner);
    if (listed.kind === "failed") {
      return { cut, notJudged: noneUntold, failure: listed.failure };
    }
    const plan = planner.plan();
    cut += Math.max(0, (left?.cut.connections ?? 0) - plan.cut.connections);
    left = plan;
    if (isDone(plan)) return { cut, notJudged: plan.notJudged };
    gaveWay = !goesOn(calls);
    if (look === mostLooks || gaveWay) break;
    // Tries all of them, whatever fails.
    for (const { filter, isCut } of changesOf(plan)) {
      if (!goesOn(calls)) break;
      const marked = await conntrack.mark(filter, isCut);
      if (marked.kind === "failed") ({ failure } = marked);
      calls += 1;
    }
  }
  const rest = { ...notTaken(left), ...(gaveWay && { isUnderWay: true }) };
  return { cut, notJudged: noneUntold, failure: failure ?? rest };
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

function notTaken(left: MarkPlan | undefined): Failure {
  const [open, cut] = [left?.cut, left?.release].map((marks) => String(marks?.connections ?? 0));
  return {
    class: "retry",
    reason: "ConnectionsNotCut",
    message: `marks of connections are not all set yet, or not kept: ${open ?? ""} that are denied are open, ${cut ?? ""} that are allowed are cut`,
  };
}
