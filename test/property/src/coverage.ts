/** Counts what drawings reach: a proof about cases that never occur is none. */
export class Coverage {
  readonly #counts: Map<string, number>;
  readonly #strict: boolean;

  /** What is counted must be one of these cells; with `ignoresOthers`, what is none of them is left out. */
  constructor(cells: readonly string[], { ignoresOthers = false } = {}) {
    this.#counts = new Map(cells.map((cell) => [cell, 0]));
    this.#strict = !ignoresOthers;
  }

  add(cells: readonly string[]): void {
    for (const cell of cells) {
      const count = this.#counts.get(cell);
      if (count !== undefined) this.#counts.set(cell, count + 1);
      else if (this.#strict) throw new Error(`no cell for ${cell}`);
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
