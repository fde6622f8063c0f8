import { CommandFailure, type ExitCode, exitCodes } from "./exit-code.ts";
import { kinds } from "./kind.ts";

export interface RpcFailure {
  /** The name of gRPC's status code. */
  readonly status: string;
  /** What the controller said, or gRPC in its place. */
  readonly details: string;
}

/** Where the call went to, for the words. */
export interface RpcTarget {
  readonly context: string;
  readonly address: string;
}

interface Row {
  readonly exitCode: ExitCode;
  /** In parentheses behind "Error". */
  readonly label: string;
  /** What to do next; absent where what the controller says already does. */
  readonly next?: (target: RpcTarget) => string;
}

const { no, error, unreachable, stale, interrupted } = exitCodes;

const unknown: Row = { exitCode: error, label: "Unknown", next: lookAtItsLog };

/** By the names of gRPC's status codes. */
const rows: Readonly<Record<string, Row>> = {
  CANCELLED: { exitCode: interrupted, label: "Interrupted" },
  UNKNOWN: unknown,
  INVALID_ARGUMENT: { exitCode: error, label: "InvalidArgument" },
  DEADLINE_EXCEEDED: {
    exitCode: unreachable,
    label: "DeadlineExceeded",
    next: ({ address }) => `${address} did not answer in time. Try again, or look at its log.`,
  },
  NOT_FOUND: { exitCode: no, label: "NotFound" },
  ALREADY_EXISTS: { exitCode: error, label: "AlreadyExists" },
  PERMISSION_DENIED: {
    exitCode: error,
    label: "PermissionDenied",
    next: () => "Use another identity: seawall config get-contexts",
  },
  RESOURCE_EXHAUSTED: { exitCode: error, label: "ResourceExhausted" },
  FAILED_PRECONDITION: { exitCode: error, label: "FailedPrecondition" },
  // The controller says which revision is newest, and what to do.
  ABORTED: { exitCode: stale, label: "Conflict" },
  OUT_OF_RANGE: { exitCode: error, label: "OutOfRange" },
  UNIMPLEMENTED: {
    exitCode: error,
    label: "Unimplemented",
    next: () => "The controller does not know this call. Compare versions: seawall version",
  },
  INTERNAL: { exitCode: error, label: "Internal", next: lookAtItsLog },
  UNAVAILABLE: { exitCode: unreachable, label: "Unreachable" },
  DATA_LOSS: { exitCode: error, label: "DataLoss", next: lookAtItsLog },
  UNAUTHENTICATED: {
    exitCode: unreachable,
    label: "Unauthenticated",
    next: ({ address, context }) =>
      `${address} does not accept the certificate of context "${context}". ` +
      "Use another one: seawall config get-contexts",
  },
};

function lookAtItsLog({ address }: RpcTarget): string {
  return `The controller at ${address} has logged why.`;
}

/** One table from what the wire says to what the caller gets. */
export function commandFailure(failure: RpcFailure, target: RpcTarget): CommandFailure {
  const row = rows[failure.status] ?? unknown;
  if (failure.status === "UNAVAILABLE") {
    return new CommandFailure(
      row.exitCode,
      `Error (${row.label}): ${unavailable(failure, target)}`,
    );
  }
  const next = row.next?.(target);
  return new CommandFailure(
    row.exitCode,
    `Error (${row.label}): ${plainWords(failure.details)}${next === undefined ? "" : `\n${next}`}`,
  );
}

/** `FleetPolicy "x"` and `FleetPolicy/x` as people say it: `policy "x"`, `fleetpolicy/x`. */
function plainWords(details: string): string {
  return details.replaceAll(/\b([A-Z][A-Za-z]+)(?= "|\/)/g, (word, _kind, at: number) => {
    const kind = kinds.find((candidate) => candidate.kind === word);
    if (kind === undefined) return word;
    return details[at + word.length] === "/" ? kind.prefix : kind.noun;
  });
}

interface Cause {
  readonly pattern: RegExp;
  readonly words: (target: RpcTarget) => string;
}

/** What Node's TLS and sockets call it, and what it means here. The first match counts. */
const causes: readonly Cause[] = [
  {
    pattern: /ECONNREFUSED/,
    words: ({ address }) =>
      `nothing listens on ${address}.\nStart the controller there (seawall controller run), or name another one with --controller.`,
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|Name resolution failed/,
    words: ({ address }) =>
      `the name of ${address} cannot be resolved.\nCheck the address in the context: seawall config view`,
  },
  {
    pattern: /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/,
    words: ({ address }) =>
      `the controller's certificate does not name ${address}.\nUse a name or address that it advertises (controller.yaml: advertise).`,
  },
  {
    pattern: /certificate has expired|CERT_HAS_EXPIRED/,
    words: ({ address }) =>
      `the certificate of ${address} has expired, or this machine's clock is wrong.`,
  },
  {
    pattern:
      /self[- ]signed certificate|unable to (verify|get).*(certificate|issuer)|certificate signature failure/,
    words: ({ address, context }) =>
      `the certificate of ${address} is not signed by the CA of context "${context}".\n` +
      "Either this is another controller, or it was initialised anew. Do not go on before you know which.",
  },
  {
    pattern: /EPROTO|wrong version number/,
    words: ({ address }) =>
      `${address} does not speak TLS.\nIs it the controller's port for people and hosts (7443)?`,
  },
  {
    // With TLS 1.3 the refusal comes after our side is done, and gRPC knows no more than this.
    pattern:
      /alert|ECONNRESET|socket hang up|disconnected before secure TLS|error: Failed to connect/,
    words: ({ address, context }) =>
      `${address} closed the connection, as it does when it does not accept the certificate of context "${context}".\n` +
      "Use another context (seawall config get-contexts), or look at the controller's log.",
  },
];

function unavailable(failure: RpcFailure, target: RpcTarget): string {
  const cause = causes.find(({ pattern }) => pattern.test(failure.details));
  return cause === undefined ? `${target.address}: ${failure.details}` : cause.words(target);
}
