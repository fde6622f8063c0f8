import type { AddressGroupDocument } from "@seawall/policy";
import { type Column, list } from "./column.ts";

export const addressGroupColumns: readonly Column<AddressGroupDocument>[] = [
  { header: "NAME", cell: ({ metadata }) => metadata.name },
  { header: "CIDRS", cell: ({ status }) => String(status.cidrs) },
  { header: "POLICIES", cell: ({ status }) => list(status.policies) },
  { header: "ADDRESSES", wide: true, cell: ({ spec }) => list(spec.cidrs) },
];
