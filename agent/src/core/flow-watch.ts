import type { FlowReport } from "@seawall/proto";
import { describeFlow, type FlowReading } from "./describe-flow.ts";
import { addPackets, type FlowTable, type LoggedPacket, takeFlows } from "./flow-table.ts";
import { isAskedFor, type LogFilter, logSource, matchedBetween } from "./log-source.ts";

/** What somebody who asks has been told, and has not. */
export interface FlowWatch {
  readonly filter: LogFilter;
  readonly reading: FlowReading;
  readonly waiting: FlowTable;
  /** Packets since it began: that the rules matched, and that were told of. */
  readonly matched: number;
  readonly told: number;
  /** What had been matched by each of the last seconds, oldest first. */
  readonly settling: readonly number[];
  /** As it was last reported; absent: nothing was yet. */
  readonly leftOut?: number;
}

/** The kernel keeps entries back for up to a second, so what was matched is compared with what is heard later. */
const SETTLED_AFTER_S = 2;

/** @param reading from when it began to hear */
export function beginWatch(filter: LogFilter, reading: FlowReading): FlowWatch {
  return { filter, reading, waiting: new Map(), matched: 0, told: 0, settling: [] };
}

export function heardPackets(watch: FlowWatch, packets: readonly LoggedPacket[]): FlowWatch {
  const wanted = packets.filter(({ prefix }) => {
    const source = logSource(prefix);
    return source !== undefined && isAskedFor(source, watch.filter);
  });
  return wanted.length === 0 ? watch : { ...watch, waiting: addPackets(watch.waiting, wanted) };
}

export function readAgain(watch: FlowWatch, reading: FlowReading): FlowWatch {
  const grown = matchedBetween(watch.reading.counters, reading.counters, watch.filter);
  return { ...watch, reading, matched: watch.matched + grown };
}

/** What there is to report, once a second; undefined: nothing that was not reported before. */
export function reportSecond(watch: FlowWatch): {
  readonly watch: FlowWatch;
  readonly report: FlowReport | undefined;
} {
  const settling = [...watch.settling, watch.matched].slice(-SETTLED_AFTER_S - 1);
  const settled = settling.length > SETTLED_AFTER_S ? (settling[0] ?? 0) : 0;
  const { watch: next, report } = reportUpTo(settled, { ...watch, settling });
  const isNews = report.flows.length > 0 || report.leftOut !== watch.leftOut;
  return { watch: next, report: isNews ? report : undefined };
}

/** What is left to report when nothing is heard any more. */
export function reportRest(watch: FlowWatch): readonly FlowReport[] {
  const { watch: next, report } = reportUpTo(watch.matched, watch);
  const isLast = next.waiting.size === 0;
  return isLast ? [{ ...report, last: true }] : [report, ...reportRest(next)];
}

function reportUpTo(matched: number, watch: FlowWatch) {
  const { taken, rest } = takeFlows(watch.waiting);
  // What is held, no rule counts.
  const counted = taken.filter(({ prefix }) => logSource(prefix)?.kind === "rule");
  const told = counted.reduce((sum, { packets }) => sum + packets, watch.told);
  const leftOut = Math.max(0, matched - told);
  const flows = taken.flatMap((flow) => describeFlow(flow, watch.reading) ?? []);
  return { watch: { ...watch, waiting: rest, told, leftOut }, report: { flows, leftOut } };
}
