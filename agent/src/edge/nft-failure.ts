import type { Failure } from "../core/failure.ts";
import type { ExecResult } from "./exec.ts";
import { firstLines } from "./first-lines.ts";

/** Reports whether nft says that what it was to list is not there. */
export function isAbsent(result: ExecResult): boolean {
  return (
    result.kind === "exited" &&
    result.code === 1 &&
    /^Error: No such file or directory$/m.test(result.stderr)
  );
}

/** What people who run as many signals as this are told of. */
const firstSignal = 128;

/** The one place that decides what a call of nft that did not go well means. */
export function nftFailure(result: ExecResult): Failure {
  switch (result.kind) {
    case "notStarted":
      return result.code === "ENOENT"
        ? {
            class: "wait",
            reason: "NftMissing",
            message:
              "the rules are to be kept in nftables, and nft is not installed here; install the package nftables",
          }
        : {
            class: "wait",
            reason: "NftNotExecutable",
            message: `nft cannot be started: ${result.code}`,
          };
    case "timedOut":
      return { class: "retry", reason: "NftTimeout", message: "nft did not end in time" };
    case "tooMuchOutput":
      return {
        class: "terminal",
        reason: "RulesetTooLarge",
        message: "nft prints more than the agent reads; there are too many rules",
      };
    case "killed":
      return unusable(result.signal);
    case "exited":
      // As a shell, or whatever else runs it, tells of a signal.
      return result.code > firstSignal
        ? unusable(`signal ${String(result.code - firstSignal)}`)
        : exitFailure(result.code, firstLines(result.stderr));
  }
}

// nft 1.0.6 of Debian 12 reads what a newer one wrote until it dies. Nothing is known of the rules then.
function unusable(signal: string): Failure {
  return {
    class: "wait",
    reason: "NftUnusable",
    message: `nft was ended by ${signal}, as versions before 1.1.3 are by what newer ones, of Docker or in a container, keep in this kernel; install nftables 1.1.3 or newer`,
  };
}

function exitFailure(code: number, stderr: string): Failure {
  if (/permission denied|operation not permitted|must be root/i.test(stderr)) {
    return {
      class: "wait",
      reason: "NoRights",
      message: `nft may not change the firewall; run the agent as root or with CAP_NET_ADMIN: ${stderr}`,
    };
  }
  if (/syntax error|JSON support not compiled/i.test(stderr)) {
    return {
      class: "terminal",
      reason: "NftTooOld",
      message: `this nft does not know what is asked of it; install nftables 1.1.3 or newer: ${stderr}`,
    };
  }
  if (/cache initialization failed|(?:operation|protocol) not supported/i.test(stderr)) {
    return {
      class: "terminal",
      reason: "MissingExtension",
      message: `the kernel lacks a part of nftables: ${stderr}`,
    };
  }
  // Mostly a table that changed under us.
  return {
    class: "retry",
    reason: "NftFailed",
    message: `nft ended with ${String(code)}: ${stderr}`,
  };
}

/** nft went well, and said something that is none of what it is known to say. */
export function notUnderstood(message: string): Failure {
  return {
    class: "terminal",
    reason: "NftAnswerNotUnderstood",
    message: `what nft lists is not as expected: ${message}`,
  };
}
