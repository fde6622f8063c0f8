import type { Failure } from "../core/failure.ts";
import type { ExecResult } from "./exec.ts";
import { firstLines } from "./first-lines.ts";

const soTheyGoOn = "open connections that are denied now go on";

/** What a call of conntrack that did not go well means. */
export function conntrackFailure(result: ExecResult): Failure {
  switch (result.kind) {
    case "notStarted":
      return result.code === "ENOENT"
        ? {
            class: "wait",
            reason: "ConntrackMissing",
            message: `conntrack is not installed here, so ${soTheyGoOn}; install the package conntrack`,
          }
        : {
            class: "wait",
            reason: "ConntrackNotExecutable",
            message: `conntrack cannot be started, so ${soTheyGoOn}: ${result.code}`,
          };
    case "timedOut":
      return {
        class: "wait",
        reason: "ConntrackTimeout",
        message: `conntrack did not end in time, so ${soTheyGoOn}`,
      };
    case "tooMuchOutput":
      return {
        class: "wait",
        reason: "ConntrackFailed",
        message: `conntrack prints more than the agent reads, so ${soTheyGoOn}`,
      };
    case "killed":
      return {
        class: "retry",
        reason: "ConntrackKilled",
        message: `conntrack was ended by ${result.signal}, so ${soTheyGoOn}`,
      };
    case "exited":
      return exitFailure(result.code, firstLines(result.stderr));
  }
}

function exitFailure(code: number, stderr: string): Failure {
  if (/must be root|cap_net_admin|operation not permitted|permission denied/i.test(stderr)) {
    return {
      class: "wait",
      reason: "NoRights",
      message: `conntrack may not read or change connections, so ${soTheyGoOn}; run the agent as root or with CAP_NET_ADMIN: ${stderr}`,
    };
  }
  return {
    class: "retry",
    reason: "ConntrackFailed",
    message: `conntrack ended with ${String(code)}, so ${soTheyGoOn}: ${stderr}`,
  };
}
