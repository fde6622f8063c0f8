/** A line for each row, as RFC 4180 has it. */
export function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(csvCell).join()}\r\n`).join("");
}

// A cell that begins like a formula is one to a spreadsheet, and names come from hosts.
function csvCell(text: string): string {
  const plain = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
