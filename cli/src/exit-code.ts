/** What the caller of `seawall` can decide by. Documented in `seawall help`, kept stable. */
export const exitCodes = {
  /** Yes, or done. */
  yes: 0,
  /** A clean no: differs, not compliant, failed to get in sync, not found. */
  no: 1,
  /** Wrong usage, a refused manifest, or any other error. */
  error: 2,
  /** The controller is not reachable or does not know us; the same command may succeed later. */
  unreachable: 3,
  /** The fleet has moved on since the revision that was named. */
  stale: 4,
  /** `wait` ran out of time. */
  timeout: 124,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command: `message` goes to stderr as it is, `exitCode` to the caller. */
export class CommandFailure extends Error {
  override name = "CommandFailure";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export const exitCodeHelp = `Exit codes:
  0    yes, or done
  1    a clean no: differs, not compliant, failed to get in sync, not found
  2    wrong usage, a refused manifest, or any other error
  3    controller not reachable, or this identity is not accepted; safe to retry
  4    --if-revision is stale
  124  wait ran out of time
  130  interrupted
`;
