import type { NetworkDocument } from "@seawall/policy";
import { type Column, labelList, list } from "./column.ts";

export const networkColumns: readonly Column<NetworkDocument>[] = [
  { header: "HOST", cell: ({ status }) => status.host },
  { header: "NAME", cell: ({ metadata }) => metadata.name },
  { header: "DRIVER", cell: ({ status }) => status.driver },
  { header: "BRIDGE", cell: ({ status }) => status.bridge },
  { header: "SUBNETS", cell: ({ status }) => list(status.subnets) },
  { header: "POLICIES", cell: ({ status }) => list(status.policies) },
  { header: "ID", wide: true, cell: ({ status }) => status.id.slice(0, 12) },
  { header: "INTERNAL", wide: true, cell: ({ status }) => (status.internal ? "yes" : "no") },
  { header: "LABELS", wide: true, cell: ({ metadata }) => labelList(metadata.labels) },
];

/** By host, then by name: the way one looks for a network. */
export function byHost(left: NetworkDocument, right: NetworkDocument): number {
  return (
    compare(left.status.host, right.status.host) || compare(left.metadata.name, right.metadata.name)
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
