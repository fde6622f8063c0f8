import type { FleetEventMessage__Output } from "@seawall/proto";
import { printable } from "../printable.ts";
import { type Column, count, type View } from "./column.ts";

export const eventColumns: readonly Column<FleetEventMessage__Output>[] = [
  { header: "TIME", cell: ({ timeMs }) => timeText(timeMs) },
  { header: "EVENT", cell: ({ kind }) => printable(kind) },
  { header: "ABOUT", cell: ({ about }) => printable(about) },
  { header: "BY", cell: ({ by }) => printable(by) },
  { header: "WHAT", cell: what },
];

/** The same as a line that says it all. */
export function eventLine(event: FleetEventMessage__Output, view: View): string {
  return eventColumns.map(({ cell }) => cell(event, view) || "-").join(" ");
}

function what(event: FleetEventMessage__Output, { utf8 }: View): string {
  const { message, changes, changesLeftOut } = event;
  const arrow = utf8 ? "→" : "->";
  const fields = changes.map(
    ({ path, before, after }) => `${path}: ${before || "none"} ${arrow} ${after || "none"}`,
  );
  const more = changesLeftOut === 0 ? "" : `and ${count(changesLeftOut, "more change")}`;
  return printable([message, ...fields, more].filter((text) => text !== "").join("; "));
}

function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? "-" : `${time.toISOString().slice(0, 19)}Z`;
}
