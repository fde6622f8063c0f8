import type { ExposureDocument } from "@seawall/policy";
import { csv } from "../csv.ts";
import { type Column, list, type View } from "./column.ts";

export interface ExposureRow {
  readonly item: ExposureDocument["items"][number];
  /** Of its host. */
  readonly state: string;
}

export function exposureRows({ items, hosts }: ExposureDocument): readonly ExposureRow[] {
  const states = new Map(hosts.map(({ name, state }) => [name, state]));
  return items.map((item) => ({ item, state: states.get(item.host) ?? "Unknown" }));
}

const tones = { Anywhere: "bad", Unknown: "warn", Some: "warn", Nowhere: "good" } as const;

/** Blocks that a table shows; of the others it gives the number. */
const SHOWN_CIDRS = 3;

export const exposureColumns: readonly Column<ExposureRow>[] = [
  { header: "HOST", cell: ({ item }) => item.host },
  { header: "CONTAINER", cell: ({ item }) => item.container },
  { header: "PORT", cell: portText },
  { header: "FROM", cell: ({ item }, view) => view.paint(tones[item.from], fromText(item, view)) },
  { header: "POLICIES", cell: ({ item }) => list(item.policies) },
  { header: "GOVERNABLE", cell: governedText },
  { header: "HOST STATE", cell: ({ state }) => state },
  {
    header: "CONTAINER PORT",
    wide: true,
    cell: ({ item }) => String(item.port?.containerPort ?? ""),
  },
  { header: "NETWORKS", wide: true, cell: ({ item }) => list(item.networks) },
  { header: "NOTE", wide: true, cell: ({ item }) => item.ungoverned?.advice ?? item.closed ?? "" },
];

function governedText({ item: { ungoverned, closed } }: ExposureRow): string {
  return ungoverned?.reason ?? (closed === undefined ? "yes" : "");
}

function portText({ item: { port } }: ExposureRow): string {
  if (port === undefined) return "unknown";
  const address = port.address.includes(":") ? `[${port.address}]` : port.address;
  return `${address}:${String(port.number)}/${port.protocol}`;
}

function fromText({ from, cidrs }: ExposureRow["item"], { wide }: View): string {
  if (from !== "Some") return from.toLowerCase();
  const more = wide ? 0 : cidrs.length - SHOWN_CIDRS;
  const shown = wide ? cidrs : cidrs.slice(0, SHOWN_CIDRS);
  return more > 0 ? `${list(shown)} and ${String(more)} more` : list(shown);
}

/** A line for each port, with a header. */
export function exposureCsv(rows: readonly ExposureRow[]): string {
  const header = [
    ...["host", "hostState", "container", "networks", "protocol", "address", "port"],
    ...["containerPort", "from", "cidrs", "policies", "ungoverned", "note"],
  ];
  const lines = rows.map(({ item, state }) => {
    const { port } = item;
    return [
      ...[item.host, state, item.container, item.networks.join(" ")],
      ...[port?.protocol ?? "", port?.address ?? "", String(port?.number ?? "")],
      ...[String(port?.containerPort ?? ""), item.from, item.cidrs.join(" ")],
      ...[item.policies.join(" "), item.ungoverned?.reason ?? ""],
      item.ungoverned?.advice ?? item.closed ?? "",
    ];
  });
  return csv([header, ...lines]);
}
