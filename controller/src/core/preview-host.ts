import {
  type ChangePreviewDocument,
  changedNetworks,
  describeTraffic,
  diffTraffic,
  formatAddress,
  type HostView,
  parseAddress,
  resolve,
  type TrafficWords,
} from "@seawall/policy";
import type { PreviewReport__Output } from "@seawall/proto";
import type { Compiled } from "./host-compiler.ts";

/** What a change does to the traffic of one host. */
export interface HostTraffic {
  readonly networks: readonly string[];
  readonly traffic: readonly TrafficWords[];
}

export function hostTraffic(view: HostView, before: Compiled, after: Compiled): HostTraffic {
  const [old, next] = [resolve(before.desired, view), resolve(after.desired, view)];
  return {
    networks: changedNetworks(old, next),
    traffic: describeTraffic(diffTraffic(old, next), view),
  };
}

type HostConnections = ChangePreviewDocument["connections"][number];

const MOST_NAMED = 20;

/** What a host says of its connections: of what it names, as much as can be one. */
export function hostConnections(host: string, report: PreviewReport__Output): HostConnections {
  return {
    host,
    cut: report.cut,
    notJudged: report.notJudged,
    first: report.connections.slice(0, MOST_NAMED).flatMap(possible),
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

const protocols: readonly string[] = ["TCP", "UDP", "ICMP"];

function possible(said: PreviewReport__Output["connections"][number]): HostConnections["first"] {
  const { protocol, port, answeringPort } = said;
  const [source, destination, answerer] = [said.source, said.destination, said.answerer].map(
    (text) => parseAddress(text),
  );
  if (source?.ok !== true || destination?.ok !== true || answerer?.ok !== true) return [];
  if (!protocols.includes(protocol) || Math.max(port, answeringPort) > 65_535) return [];
  return [
    {
      ...{ protocol, port, answeringPort },
      source: formatAddress(source.address),
      destination: formatAddress(destination.address),
      answerer: formatAddress(answerer.address),
    },
  ];
}
