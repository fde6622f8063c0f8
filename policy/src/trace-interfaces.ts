import type { Family } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { saysOfOutside } from "./trace-docker.ts";
import { endOf, type TracePath } from "./trace-path.ts";
import type { OutsidePoint } from "./trace-points.ts";
import type { TraceQuestion } from "./trace-question.ts";

const FAMILIES = ["IPv4", "IPv6"] as const satisfies readonly Family[];

/** An interface; absent: any other. */
type Via = string | undefined;

/**
 * Every way by which the host may forward it with no Docker network at either end. Which one it takes its routes say,
 * and these are not known: an end whose interface is not named may be behind each that policies select, or another.
 * Ways that have one answer, whichever interface that is, are one. None: no policy selects an interface, and the
 * question names none.
 */
export function pathsBetweenInterfaces(
  source: OutsidePoint,
  destination: OutsidePoint,
  question: TraceQuestion,
  state: ResolvedState,
  host: HostFacts,
  answerOf: (path: TracePath) => string,
): readonly TracePath[] {
  const ins = interfacesOf(source, "egress", state);
  const outs = interfacesOf(destination, "ingress", state);
  if (ins.every(isAny) && outs.every(isAny)) return [];
  return familiesOf(source, destination).flatMap((family) => {
    const path = (from: Via, to: Via): TracePath => ({
      ...{ route: "BetweenInterfaces", family, judged: true },
      source: endOf(behind(source, from)),
      destination: endOf(behind(destination, to)),
      ...(question.port === undefined ? {} : { port: question.port }),
      docker: saysOfOutside(host.view.engine, family),
    });
    const rows = ins.map((from) =>
      oneIfEqual(
        outs.map((to) => path(from, to)),
        "destination",
        answerOf,
      ),
    );
    const [first = [], ...others] = rows;
    return others.length > 0 && rows.every(({ length }) => length === 1)
      ? oneIfEqual(rows.flat(), "source", answerOf)
      : [...first, ...others.flat()];
  });
}

function isAny(via: Via): boolean {
  return via === undefined;
}

/** That are named, or that policies speak of, also those in Audit, and any other. */
function interfacesOf(
  point: OutsidePoint,
  scope: "ingress" | "egress",
  state: ResolvedState,
): readonly Via[] {
  if (point.interface !== undefined) return [point.interface];
  const spoken = [state, ...(state.audit === undefined ? [] : [state.audit])]
    .flatMap(({ interfaces }) => interfaces)
    .filter((one) => one[scope] !== undefined)
    .map((one) => one.interface);
  return [...new Set(spoken), undefined];
}

function behind(point: OutsidePoint, via: Via): OutsidePoint {
  return via === undefined ? point : { ...point, interface: via };
}

/** All of them differ in the interface at this end alone. */
function oneIfEqual(
  paths: readonly TracePath[],
  end: "source" | "destination",
  answerOf: (path: TracePath) => string,
): readonly TracePath[] {
  const [first] = paths;
  if (first === undefined || paths.length === 1) return paths;
  if (paths.some((path) => answerOf(path) !== answerOf(first))) return paths;
  const { address } = first[end];
  return [{ ...first, [end]: address === undefined ? {} : { address } }];
}

function familiesOf(...points: readonly OutsidePoint[]): readonly Family[] {
  return FAMILIES.filter((family) =>
    points.every(({ address }) => address === undefined || address.family === family),
  );
}
