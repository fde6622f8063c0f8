/** Counts what drawings reach: a proof about cases that never occur is none. */
export class Coverage {
  readonly #counts: Map<string, number>;

  /** What is counted must be one of these cells. */
  constructor(cells: readonly string[]) {
    this.#counts = new Map(cells.map((cell) => [cell, 0]));
  }

  add(cells: readonly string[]): void {
    for (const cell of cells) {
      const count = this.#counts.get(cell);
      if (count === undefined) throw new Error(`no cell for ${cell}`);
      this.#counts.set(cell, count + 1);
    }
  }

  empty(): readonly string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([cell]) => cell);
  }

  table(): string {
    const width = Math.max(...[...this.#counts.keys()].map((cell) => cell.length));
    return [...this.#counts]
      .map(([cell, count]) => `  ${cell.padEnd(width)} ${String(count).padStart(8)}`)
      .join("\n");
  }
}
