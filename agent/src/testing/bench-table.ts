/** The middle one of an odd number of figures, and else the upper of the two. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** The figure that so many in a hundred are below. */
export function percentile(figures: readonly number[], percent: number): number {
  const index = Math.floor((figures.length * percent) / 100);
  return figures.toSorted((a, b) => a - b)[index] ?? Number.NaN;
}

/** As Markdown, for docs/performance.md; numbers are milliseconds. */
export function printTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => (typeof cell === "number" ? `${cell.toFixed(0)} ms` : cell)).join(" | ")} |`;
  console.log([line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n"));
}
