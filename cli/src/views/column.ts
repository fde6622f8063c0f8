import type { Table } from "../table.ts";
import type { Paint } from "../terminal.ts";

/** What a table needs to know besides the documents. */
export interface View {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly wide: boolean;
  /** False: ASCII only. */
  readonly utf8: boolean;
  readonly paint: Paint;
}

export interface Column<Document> {
  readonly header: string;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
  readonly cell: (document: Document, view: View) => string;
}

export function toTable<Document>(
  columns: readonly Column<Document>[],
  documents: readonly Document[],
  view: View,
): Table {
  const shown = columns.filter((column) => view.wide || column.wide !== true);
  return {
    headers: shown.map(({ header }) => header),
    rows: documents.map((document) => shown.map(({ cell }) => cell(document, view))),
  };
}

/** `env=prod,role=db`, sorted; `-` when there are none. */
export function labelList(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return list(pairs.sort());
}

export function list(items: readonly string[]): string {
  return items.length === 0 ? "-" : items.join(",");
}

/** `1 host`, `2 hosts`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
