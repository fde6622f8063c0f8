import { NatsError } from "nats";

export type StoreErrorCode =
  /** No answer in time; a write may or may not have happened. */
  | "Unavailable"
  /** The bucket or the disk is full. */
  | "Full"
  /** A bucket exists with settings that cannot be changed in place. */
  | "Misconfigured";

/** The store could not do it; nothing was reported that did not happen. */
export class StoreError extends Error {
  override name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** "wrong last sequence"; replicated streams answer the second one as well. */
const CONFLICTS: ReadonlySet<number> = new Set([10071, 10164]);
/** Message store failed (bucket or disk full), and two kinds of exhausted quota. */
const FULL: ReadonlySet<number> = new Set([10077, 10023, 10047]);
const NOT_FOUND: ReadonlySet<number> = new Set([10037, 10043]);

export const isConflict = (error: unknown): boolean => CONFLICTS.has(apiCode(error));
export const isNotFound = (error: unknown): boolean => NOT_FOUND.has(apiCode(error));
export const isStreamMissing = (error: unknown): boolean => apiCode(error) === 10059;

/** Whether the same request may go well a moment later: the server is away, or its store is being recovered. */
export function isPassing(error: unknown): boolean {
  return error instanceof NatsError && !FULL.has(apiCode(error)) && PASSING.has(error.code);
}

const PASSING: ReadonlySet<string> = new Set([
  "503",
  "TIMEOUT",
  "DISCONNECT",
  "CONNECTION_REFUSED",
  "CONNECTION_TIMEOUT",
  "CANCELLED",
]);

export function storeError(error: unknown, what: string): unknown {
  if (!(error instanceof NatsError)) return error;
  const reason = `${error.message} (${error.code})`;
  if (FULL.has(apiCode(error))) {
    return new StoreError("Full", `${what}: the store is full: ${reason}; make room on its disk`, {
      cause: error,
    });
  }
  if (isPassing(error) || error.code.startsWith("CONNECTION_")) {
    return new StoreError("Unavailable", `${what}: nats-server does not answer: ${reason}`, {
      cause: error,
    });
  }
  return error;
}

function apiCode(error: unknown): number {
  return error instanceof NatsError ? (error.api_error?.err_code ?? 0) : 0;
}
