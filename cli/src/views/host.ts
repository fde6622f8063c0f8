import { age } from "../duration.ts";
import type { HostDocument } from "../host-document.ts";
import { type Column, labelList, list } from "./column.ts";
import { drift, generation, lastSeen, policyCount, stateWord } from "./host-state.ts";

export const hostColumns: readonly Column<HostDocument>[] = [
  { header: "NAME", cell: ({ metadata }) => metadata.name },
  { header: "STATUS", cell: stateWord },
  { header: "REASON", wide: true, cell: ({ status }) => status.reason },
  { header: "POLICIES", cell: policyCount },
  { header: "GEN", cell: generation },
  { header: "REVISION", wide: true, cell: ({ status }) => positive(status.revision) },
  { header: "DRIFT", cell: drift },
  { header: "DOCKER", cell: ({ status }) => status.versions.docker },
  { header: "BACKEND", cell: ({ status }) => status.versions.backend },
  { header: "LAST SEEN", cell: lastSeen },
  { header: "AGE", cell: ({ metadata }, { now }) => age(metadata.creationTimestamp, now) },
  { header: "AGENT", wide: true, cell: ({ status }) => status.versions.agent },
  { header: "KERNEL", wide: true, cell: ({ status }) => status.versions.kernel },
  { header: "MODE", wide: true, cell: ({ spec }) => spec.mode },
  { header: "ADDRESSES", wide: true, cell: ({ spec }) => list(spec.addresses) },
  { header: "LABELS", wide: true, cell: ({ metadata }) => labelList(metadata.labels) },
];

function positive(value: number): string {
  return value > 0 ? String(value) : "-";
}
