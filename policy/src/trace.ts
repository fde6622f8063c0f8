import { formatAddress } from "./cidr.ts";
import type { DesiredState, Family } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { type Judgement, simulate, type Verdict } from "./simulate.ts";
import type { DockerSays } from "./trace-docker.ts";
import { packetOf } from "./trace-packet.ts";
import type { PathEnd, TracePath, Ungoverned } from "./trace-path.ts";
import type { TraceQuestion } from "./trace-question.ts";
import { tracePaths } from "./trace-ways.ts";

/** A counter of a rule as its host reported it. */
export interface TraceCounter {
  readonly policy: string;
  readonly rule: string;
  readonly direction: string;
  readonly network: string;
  readonly family: string;
  readonly packets: number;
  readonly bytes: number;
  readonly audited: boolean;
  readonly guard: boolean;
}

/** Closed: Docker's own rules stop what policies allow. Unknown: they may. */
export type TraceOutcome = "Allowed" | "Denied" | "Rejected" | "Closed" | "Unknown";

/** One way of the connection on a host, and what becomes of it there. */
export interface TracedPath {
  readonly outcome: TraceOutcome;
  readonly route: TracePath["route"];
  readonly family?: Family;
  readonly source: TracedEnd;
  readonly destination: TracedEnd;
  /** `0.0.0.0:8080/TCP`: as what it is published, where it comes by that. */
  readonly published?: string;
  /** False: policies are not asked on this path. */
  readonly judged: boolean;
  readonly ungoverned?: Ungoverned;
  readonly verdict?: Verdict;
  /** Of the rule or default that decides; absent: there is none. */
  readonly counter?: TracedCount;
  /** Of what policies in Audit would deny. */
  readonly wouldDenyCounter?: TracedCount;
  readonly docker: DockerSays;
}

export interface TracedEnd {
  readonly container?: string;
  readonly network?: string;
  readonly interface?: string;
  readonly address?: string;
  readonly port?: number;
}

export interface TracedCount {
  readonly packets: number;
  readonly bytes: number;
}

export type HostTrace =
  | { readonly found: true; readonly paths: readonly TracedPath[] }
  /** It does not go by this host, or an end is not there. */
  | { readonly found: false; readonly reason: string };

/** What becomes of a new connection on a host as it is, on each way that it may go. */
export function traceOn(
  question: TraceQuestion,
  desired: DesiredState,
  host: HostFacts,
  counters: readonly TraceCounter[],
): HostTrace {
  const state = resolve(desired, host.view);
  const found = tracePaths(question, state, host);
  if (!found.ok) return { found: false, reason: found.reason };
  return {
    found: true,
    paths: found.paths.map((path) => tracedPath(path, question, state, host, counters)),
  };
}

function tracedPath(
  path: TracePath,
  question: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
  counters: readonly TraceCounter[],
): TracedPath {
  const { route, family, judged, ungoverned, docker, binding, port } = path;
  const packet = packetOf(path, question, state, host);
  const verdict = packet === undefined ? undefined : simulate(state, packet);
  const counter = countOf(verdict?.decidedBy, false, family, counters);
  const wouldDenyCounter = countOf(verdict?.wouldDeny, true, family, counters);
  return {
    outcome: outcomeOf(verdict, docker),
    route,
    ...(family === undefined ? {} : { family }),
    source: tracedEnd(path.source),
    destination: { ...tracedEnd(path.destination), ...(port === undefined ? {} : { port }) },
    ...(binding === undefined ? {} : { published: publishedText(binding) }),
    judged,
    ...(ungoverned === undefined ? {} : { ungoverned }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(counter === undefined ? {} : { counter }),
    ...(wouldDenyCounter === undefined ? {} : { wouldDenyCounter }),
    docker,
  };
}

function outcomeOf(verdict: Verdict | undefined, { lets }: DockerSays): TraceOutcome {
  if (verdict?.action === "Deny") return "Denied";
  if (verdict?.action === "Reject") return "Rejected";
  return ({ Yes: "Allowed", No: "Closed", Unknown: "Unknown" } as const)[lets];
}

function tracedEnd({ container, at, interface: name, address }: PathEnd): TracedEnd {
  return {
    ...(name === undefined ? {} : { interface: name }),
    ...(container === undefined ? {} : { container }),
    ...(at === undefined ? {} : { network: at.network.name, interface: at.network.bridge }),
    ...(address === undefined ? {} : { address: formatAddress(address) }),
  };
}

function publishedText({
  hostAddress: text,
  hostPort,
  protocol,
}: NonNullable<TracePath["binding"]>) {
  return `${text.includes(":") ? `[${text}]` : text}:${String(hostPort)}/${protocol}`;
}

function countOf(
  judgement: Judgement | undefined,
  audited: boolean,
  family: Family | undefined,
  counters: readonly TraceCounter[],
): TracedCount | undefined {
  if (judgement?.decidedBy === undefined) return undefined;
  const { network, scope, decidedBy } = judgement;
  const own = counters.filter(
    (one) =>
      one.policy === decidedBy.policy &&
      one.rule === decidedBy.rule &&
      one.direction === scope &&
      one.network === network &&
      one.family === family &&
      one.audited === audited &&
      !one.guard,
  );
  if (own.length === 0) return undefined;
  const sum = (of: (counter: TraceCounter) => number) =>
    own.reduce((total, counter) => total + of(counter), 0);
  return { packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes) };
}
