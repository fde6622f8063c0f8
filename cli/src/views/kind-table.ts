import {
  addressGroupDocument,
  hostDocument,
  networkDocument,
  policyDocument,
  revisionDocument,
  rolloutStrategyDocument,
} from "@seawall/policy";
import type { z } from "zod";
import type { KindName } from "../kind.ts";
import { readDocuments } from "../read-document.ts";
import type { Table } from "../table.ts";
import { addressGroupColumns } from "./address-group.ts";
import { type Column, toTable, type View } from "./column.ts";
import { hostColumns } from "./host.ts";
import { hostSummary } from "./host-state.ts";
import { byHost, networkColumns } from "./network.ts";
import { policyColumns } from "./policy.ts";
import { newestFirst, revisionColumns } from "./revision.ts";
import { rolloutStrategyColumns } from "./rollout-strategy.ts";

/** A list of documents as people want to see it. */
export interface KindTable {
  readonly table: Table;
  /** One line beside the data; empty for most kinds. */
  readonly summary: string;
}

type TableOf = (items: readonly string[], view: View) => KindTable;

const tables: Readonly<Record<KindName, TableOf>> = {
  Host: tableOf(hostDocument, hostColumns, { summary: hostSummary }),
  FleetPolicy: tableOf(policyDocument, policyColumns),
  AddressGroup: tableOf(addressGroupDocument, addressGroupColumns),
  RolloutStrategy: tableOf(rolloutStrategyDocument, rolloutStrategyColumns),
  Revision: tableOf(revisionDocument, revisionColumns, { order: newestFirst }),
  Network: tableOf(networkDocument, networkColumns, { order: byHost }),
};

/** @param items documents as the controller sent them. */
export function kindTable(kind: KindName, items: readonly string[], view: View): KindTable {
  return tables[kind](items, view);
}

interface Extras<Document> {
  readonly summary?: (documents: readonly Document[]) => string;
  readonly order?: (left: Document, right: Document) => number;
}

function tableOf<Document>(
  schema: z.ZodType<Document>,
  columns: readonly Column<Document>[],
  { summary, order }: Extras<Document> = {},
): TableOf {
  return (items, view) => {
    const documents = readDocuments(schema, items);
    const sorted = order === undefined ? documents : documents.toSorted(order);
    return { table: toTable(columns, sorted, view), summary: summary?.(sorted) ?? "" };
  };
}
