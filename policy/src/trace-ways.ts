import type { HostFacts } from "./facts.ts";
import { includesPort } from "./host-ports.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { pathsBetweenInterfaces } from "./trace-interfaces.ts";
import { answerOf, boundAddress } from "./trace-packet.ts";
import type { TracePath } from "./trace-path.ts";
import { pathsBeside, pathsBetween } from "./trace-paths.ts";
import { pointsOn } from "./trace-points.ts";
import type { TraceQuestion } from "./trace-question.ts";
import { hostAddresses } from "./unnamed-address.ts";

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
  const found = possiblePaths(question, state, host);
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
    const answer = answerOf(one, question, state, host);
    if (!answers.has(answer)) answers.set(answer, one);
  }
  return answers.size > 1 ? [...answers.values()] : [path];
}

function possiblePaths(question: TraceQuestion, state: ResolvedState, host: HostFacts): PathsFound {
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
      .flatMap((destination) =>
        source.kind === "outside" && destination.kind === "outside"
          ? pathsBetweenInterfaces(source, destination, question, state, host, (path) =>
              answerOf(path, question, state, host),
            )
          : [
              ...pathsBetween(source, destination, question, host),
              ...pathsBeside(source, destination),
            ],
      ),
  );
  if (paths.length > 0) return { ok: true, paths };
  const isElsewhere = [...from.points, ...to.points].every(
    (one) => one.kind === "outside" && one.interface === undefined,
  );
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
