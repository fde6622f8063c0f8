import { renderTable, type Table } from "../table.ts";

/** `Name:   value` lines, values under one another. */
export function fields(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 4;
  return pairs.map(([name, value]) => `${`${name}:`.padEnd(width)}${value || "-"}\n`).join("");
}

/** A titled, indented table; one word when it is empty. */
export function section(title: string, table: Table): string {
  return table.rows.length === 0 ? `${title}:  none\n` : `${title}:\n${indent(renderTable(table))}`;
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
