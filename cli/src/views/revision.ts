import type { RevisionDocument } from "@seawall/policy";
import { age } from "../duration.ts";
import type { Column } from "./column.ts";

export const revisionColumns: readonly Column<RevisionDocument>[] = [
  { header: "REVISION", cell: ({ metadata }) => metadata.name },
  { header: "CURRENT", cell: ({ status }) => (status.current ? "yes" : "-") },
  { header: "AUTHOR", cell: ({ spec }) => spec.author },
  { header: "CHANGES", cell: changes },
  {
    header: "PARENT",
    wide: true,
    cell: ({ spec }) => (spec.parent > 0 ? String(spec.parent) : "-"),
  },
  { header: "OBJECTS", wide: true, cell: ({ spec }) => String(Object.keys(spec.tree).length) },
  { header: "TIME", wide: true, cell: ({ metadata }) => metadata.creationTimestamp ?? "-" },
  { header: "AGE", cell: ({ metadata }, { now }) => age(metadata.creationTimestamp, now) },
  { header: "MESSAGE", cell: message },
];

function changes({ status }: RevisionDocument): string {
  const { created, configured, deleted } = status;
  if (created === undefined || configured === undefined || deleted === undefined)
    return "not known";
  const parts = [
    [created.length, "created"],
    [configured.length, "configured"],
    [deleted.length, "deleted"],
  ] as const;
  const shown = parts.filter(([amount]) => amount > 0);
  return shown.map(([amount, word]) => `${amount} ${word}`).join(", ");
}

/** Of a record that somebody has changed there is nothing else to show. */
function message({ spec, status }: RevisionDocument): string {
  return status.unbelieved ?? spec.message;
}

/** As `git log`: newest first. */
export function newestFirst(left: RevisionDocument, right: RevisionDocument): number {
  return Number(right.metadata.name) - Number(left.metadata.name);
}
