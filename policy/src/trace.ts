import { type Address, formatAddress, parseAddress } from "./cidr.ts";
import type { DesiredState, Family } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { includesPort } from "./host-ports.ts";
import { bindingTakes } from "./published-path.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { type Judgement, type Packet, simulate, type Verdict } from "./simulate.ts";
import type { DockerSays } from "./trace-docker.ts";
import type { PathEnd, TracePath, Ungoverned } from "./trace-path.ts";
import { pathsBeside, pathsBetween } from "./trace-paths.ts";
import { pointsOn } from "./trace-points.ts";
import type { TraceQuestion } from "./trace-question.ts";
import { hostAddress, hostAddresses, unnamedAddress } from "./unnamed-address.ts";

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

/**
 * What comes to the host itself is judged by nobody, but for ports that are held until somebody publishes them: in both IP
 * versions alike.
 */
function atHeldPort(
  path: TracePath,
  { protocol, port }: TraceQuestion,
  { heldPorts = [] }: ResolvedState,
): TracePath {
  const { ungoverned, family = "IPv4", ...rest } = path;
  const isHeld =
    path.route === "Input" && port !== undefined && includesPort(heldPorts, { protocol, port });
  return isHeld && ungoverned?.reason === "HostItself" ? { ...rest, family, judged: true } : path;
}

export type PathsFound =
  | { readonly ok: true; readonly paths: readonly TracePath[] }
  | { readonly ok: false; readonly reason: string };

/** At least one path, or why there is none; where policies tell addresses of the host apart, one for each answer. */
export function tracePaths(
  question: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
): PathsFound {
  const found = possiblePaths(question, host);
  if (!found.ok) return found;
  const paths = found.paths
    .map((path) => atHeldPort(path, question, state))
    .flatMap((path) => byHostAddress(path, question, state, host));
  return { ok: true, paths };
}

/** What a container sends to the host itself is judged by the address of the host that it calls. */
function byHostAddress(
  path: TracePath,
  question: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
): readonly TracePath[] {
  const { route, source, destination, family } = path;
  const isToHost = source.at !== undefined && (route === "Input" || route === "DockerProxy");
  const isAny = destination.address === undefined && boundAddress(path.binding) === undefined;
  if (!isToHost || !isAny || family === undefined) return [path];
  const answers = new Map<string, TracePath>();
  for (const address of hostAddresses(host, family)) {
    const one = { ...path, destination: { ...destination, address } };
    const packet = packetOf(one, question, state, host);
    const { action, decidedBy, wouldDeny } = packet ? simulate(state, packet) : {};
    const answer = JSON.stringify([action, decidedBy, wouldDeny]);
    if (!answers.has(answer)) answers.set(answer, one);
  }
  return answers.size > 1 ? [...answers.values()] : [path];
}

function possiblePaths(question: TraceQuestion, host: HostFacts): PathsFound {
  const from = pointsOn(question.source, host);
  if (!from.ok) return from;
  const to = pointsOn(question.destination, host);
  if (!to.ok) return to;
  const [own] = from.points;
  if (own !== undefined && [...from.points, ...to.points].every((one) => isOne(own, one))) {
    return { ok: false, reason: "a container reaches itself without leaving its own network" };
  }
  const paths = from.points.flatMap((source) =>
    to.points
      // A container of a network does not call itself.
      .filter((destination) => !isOne(source, destination))
      .flatMap((destination) => [
        ...pathsBetween(source, destination, question, host),
        ...pathsBeside(source, destination),
      ]),
  );
  if (paths.length > 0) return { ok: true, paths };
  const isElsewhere = [...from.points, ...to.points].every(({ kind }) => kind === "outside");
  return {
    ok: false,
    reason: isElsewhere
      ? "neither end is on this host"
      : "the ends have no IP version in common on this host",
  };
}

function isOne(a: object, b: object): boolean {
  return "container" in a && "container" in b && a.container === b.container;
}

/** An interface that is nobody's: names of interfaces have no blanks. */
const OUTSIDE = "outside Docker";

/** What policies are asked about; undefined: they are not asked. */
export function packetOf(
  path: TracePath,
  { protocol }: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
): Packet | undefined {
  const { source, destination, port, binding, route } = path;
  if (!path.judged || path.family === undefined) return undefined;
  const { family } = path;
  const fromHere = route === "Forwarded" || route === "SameBridge";
  const address = (end: PathEnd): Address => end.address ?? unnamedAddress(state, family);
  const sentTo = route === "DockerProxy" ? binding?.hostPort : port;
  const sentToAddress = addressOf(binding, state);
  return {
    protocol,
    source: address(source),
    destination: fromHere
      ? address(destination)
      : (destination.address ?? sentToAddress ?? hostAddress(state, family, host)),
    ...(sentTo === undefined ? {} : { destinationPort: sentTo }),
    ...(binding === undefined || !fromHere ? {} : { publishedPort: binding.hostPort }),
    ...(sentToAddress === undefined || !fromHere ? {} : { publishedAddress: sentToAddress }),
    in: source.at?.network.bridge ?? OUTSIDE,
    ...(fromHere ? { out: destination.at?.network.bridge ?? OUTSIDE } : {}),
  };
}

/** Undefined: it is bound to every address of the host. */
export function boundAddress(binding: TracePath["binding"]): Address | undefined {
  const parsed = parseAddress(binding?.hostAddress ?? "");
  return parsed.ok && parsed.address.value !== 0n ? parsed.address : undefined;
}

/**
 * Of the addresses by which a published port is reached, the one by which agents reach the controller, if there is
 * one. Undefined: any address of the host.
 */
function addressOf(
  binding: TracePath["binding"],
  { management }: Pick<ResolvedState, "management">,
): Address | undefined {
  if (binding === undefined) return undefined;
  const advertised = management.find(
    ({ port, address }) => port === binding.hostPort && bindingTakes(binding, address),
  );
  return advertised?.address ?? boundAddress(binding);
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

function tracedEnd({ container, at, address }: PathEnd): TracedEnd {
  return {
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
