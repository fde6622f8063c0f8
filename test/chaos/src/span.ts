/** By the machine's monotonic clock. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of the machine's monotonic clock. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
