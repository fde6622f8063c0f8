import { quoted } from "./quoted.ts";
/** The candidate that a person most likely meant; undefined when none is close. */
export function closest(text: string, candidates: readonly string[]): string | undefined {
  const [longer, ...others] = candidates.filter(
    (candidate) => text.length > 2 && candidate.toLowerCase().startsWith(text.toLowerCase()),
  );
  if (longer !== undefined && others.length === 0) {
    return longer;
  }
  const most = Math.max(1, Math.floor(text.length / 3));
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    // Farther apart in length than in edits allowed: not worth counting.
    const edits =
      Math.abs(candidate.length - text.length) > most
        ? Number.POSITIVE_INFINITY
        : editDistance(text.toLowerCase(), candidate.toLowerCase());
    if (edits <= most && (best === undefined || edits < best.edits)) {
      best = { candidate, edits };
    }
  }
  return best?.candidate;
}

/** As the end of a message: `; did you mean "ports"?` or nothing. */
export function didYouMean(text: string, candidates: readonly string[]): string {
  const candidate = closest(text, candidates);
  return candidate === undefined ? "" : `; did you mean ${quoted(candidate)}?`;
}

// Levenshtein with swaps of neighbours, which is how "prots" becomes "ports".
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, row) => [row]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? row + column;
  for (let row = 0; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const choices =
        row === 0
          ? [column]
          : [
              at(row - 1, column) + 1,
              at(row, column - 1) + 1,
              at(row - 1, column - 1) + (same ? 0 : 1),
            ];
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        choices.push(at(row - 2, column - 2) + 1);
      }
      rows[row]?.push(Math.min(...choices));
    }
  }
  return at(a.length, b.length);
}
