import {
  type ChangePreviewDocument,
  changedNetworks,
  describeTraffic,
  type HostView,
  resolve,
  type TrafficWords,
  trafficSteps,
} from "@seawall/policy";
import type { PreviewReport__Output } from "@seawall/proto";
import type { Compiled } from "./host-compiler.ts";
import { possibleConnections } from "./possible-connections.ts";

/** What a change does to the traffic of one host. */
export interface HostTraffic {
  readonly networks: readonly string[];
  /** Undefined: there was too much to compare. */
  readonly traffic: readonly TrafficWords[] | undefined;
}

/** Docker has addresses for 31 unless it is told otherwise. With 240 of them the longest step took 140 ms, with 1,000 more than a minute. */
const MOST_NETWORKS = 250;

/** More ranges than this are more than anybody reads, and take long to be put into words. */
const MOST_RANGES = 5_000;

/** Yields between steps that are short, however many networks the host says that it has. */
export function* hostTraffic(
  view: HostView,
  before: Compiled,
  after: Compiled,
): Generator<undefined, HostTraffic> {
  const [old, next] = [resolve(before.desired, view), resolve(after.desired, view)];
  const networks = changedNetworks(old, next);
  if (view.networks.length > MOST_NETWORKS) return { networks, traffic: undefined };
  const steps = trafficSteps(old, next);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { networks, traffic: describeTraffic(step.value, view) };
    if (step.value > MOST_RANGES) return { networks, traffic: undefined };
    yield;
  }
}

type HostConnections = ChangePreviewDocument["connections"][number];

const MOST_NAMED = 20;

/** What a host says of its connections: of what it names, as much as can be one. */
export function hostConnections(host: string, report: PreviewReport__Output): HostConnections {
  return {
    host,
    cut: report.cut,
    notJudged: report.notJudged,
    first: possibleConnections(report.connections.slice(0, MOST_NAMED)),
  };
}

/** More than anybody reads. */
const MOST_NAMED_IN_ALL = 1_000;

/** Of all hosts that have some; of the last ones, where there are many, only how many. */
export function toldConnections(all: readonly HostConnections[]): readonly HostConnections[] {
  let left = MOST_NAMED_IN_ALL;
  return all
    .filter(({ cut, notJudged }) => cut + notJudged > 0)
    .map((one) => {
      const first = left >= one.first.length ? one.first : [];
      left -= first.length;
      return { ...one, first };
    });
}
