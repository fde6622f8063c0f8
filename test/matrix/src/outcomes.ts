import { type Cell, cells, nameOf } from "./cells.ts";

/** How it went with one cell. */
export interface Outcome {
  readonly cell: Cell;
  readonly kind: "PASS" | "FAIL" | "SKIPPED";
  readonly seconds: number;
  /** Empty when it passed. */
  readonly why: string;
}

/** A line for each, in the order of the table, and what was left out last, so that nobody misses it. */
export function describeOutcomes(outcomes: readonly Outcome[]): string {
  const sorted = cells.flatMap((cell) => outcomes.filter((outcome) => outcome.cell === cell));
  const lines = sorted.map(({ cell, kind, seconds, why }) => {
    const [first = ""] = why.split("\n");
    return `${kind.padEnd(8)}${seconds.toFixed(1).padStart(6)} s  ${nameOf(cell)}${first === "" ? "" : `: ${first}`}`;
  });
  const count = (kind: Outcome["kind"]) => sorted.filter((outcome) => outcome.kind === kind).length;
  const left = cells.length - sorted.length;
  return [
    "",
    ...lines,
    `${count("PASS")} passed, ${count("FAIL")} failed, ${count("SKIPPED")} SKIPPED because their engine or packages cannot be had`,
    ...(left === 0 ? [] : [`${left} more cells: npm run test:matrix`]),
    "",
    "",
  ].join("\n");
}
