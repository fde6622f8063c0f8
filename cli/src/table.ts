import CliTable from "cli-table3";

export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const none = {
  ...{ top: "", "top-mid": "", "top-left": "", "top-right": "" },
  ...{ bottom: "", "bottom-mid": "", "bottom-left": "", "bottom-right": "" },
  ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: "" },
};

/** kubectl's look: no borders, three spaces between columns, no blanks at the end of a line. */
export function renderTable(table: Table, showHeaders = true): string {
  const rows = showHeaders ? [table.headers, ...table.rows] : table.rows;
  if (rows.length === 0) return "";
  const drawn = new CliTable({
    chars: none,
    style: { "padding-left": 0, "padding-right": 3, head: [], border: [], compact: true },
  });
  for (const row of rows) drawn.push(row.map((cell) => (cell === "" ? "-" : cell)));
  return `${drawn.toString().replaceAll(/ +$/gm, "")}\n`;
}
