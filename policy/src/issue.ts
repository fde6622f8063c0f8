/** Where in a manifest something stands. Line and column are 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a manifest, said so that the reader knows what to do. Bad input is a value, never an exception. */
export interface Issue {
  readonly severity: "error" | "warning";
  /** Absent for what has no place in a file. */
  readonly place?: Place;
  /** As `spec.ingress.rules[0].ports[1].port`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}
