import type { FlowEndMessage__Output, FlowMessage__Output } from "@seawall/proto";
import type { SummedFlow } from "../flow-sum.ts";
import { printable } from "../printable.ts";
import { type Column, count, type View } from "./column.ts";

export const flowColumns: readonly Column<SummedFlow>[] = [
  { header: "HOST", cell: ({ host }) => printable(host) },
  { header: "VERDICT", cell: ({ flow }, view) => verdictText(flow, view) },
  { header: "RULE", cell: ({ flow }) => ruleText(flow) },
  { header: "FROM", cell: ({ flow }) => endText(flow.source) },
  { header: "TO", cell: ({ flow }) => endText(flow.destination) },
  { header: "PORT", cell: ({ flow }) => portText(flow) },
  { header: "PACKETS", cell: ({ flow }) => String(flow.packets) },
  { header: "LAST", cell: ({ flow }) => timeText(flow.lastMs) },
];

/** The same as a line that says it all. */
export function flowLine(host: string, flow: FlowMessage__Output, view: View): string {
  const arrow = view.utf8 ? "→" : "->";
  return [
    ...[timeText(flow.lastMs), printable(host), verdictText(flow, view), ruleText(flow)],
    ...[endText(flow.source), arrow, endText(flow.destination), portText(flow)],
    count(flow.packets, "packet"),
  ].join(" ");
}

/** One that is only counted, and what is allowed, harms nobody. */
function verdictText({ verdict, audited }: FlowMessage__Output, { paint }: View): string {
  const word = printable(verdict).toUpperCase();
  const denies = verdict === "Deny" || verdict === "Reject";
  if (audited) return paint("warn", `WOULD ${word}`);
  return denies ? paint("bad", word) : paint("good", word);
}

function ruleText({ held, policy, rule, direction }: FlowMessage__Output): string {
  if (held) return "held, not known yet";
  const name = printable(`${policy}/${rule}`);
  return direction === "" ? name : `${name} (${printable(direction)})`;
}

function endText(end: FlowEndMessage__Output | null): string {
  if (end === null) return "unknown";
  const { address, interface: at, network, container } = end;
  const where = network === "" ? at : network;
  const name = container === "" ? address : `${container} ${address}`;
  return printable(where === "" ? name : `${name} (${where})`);
}

function portText({ protocol, port, publishedPorts }: FlowMessage__Output): string {
  const name = port === 0 ? protocol : `${protocol}/${String(port)}`;
  const published = publishedPorts.length === 0 ? "" : ` (published ${publishedPorts.join()})`;
  return printable(`${name}${published}`);
}

function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? "-" : `${time.toISOString().slice(0, 19)}Z`;
}
