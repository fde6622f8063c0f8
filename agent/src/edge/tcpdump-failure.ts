import type { Failure } from "../core/failure.ts";
import type { ExecResult } from "./exec.ts";
import { firstLines } from "./first-lines.ts";

export const tcpdumpMissing: Failure = {
  class: "wait",
  reason: "TcpdumpMissing",
  message:
    "tcpdump is not installed here, so nobody can be told which connections are denied; install the package tcpdump",
};

/**
 * The one place that decides what it means that tcpdump did not listen.
 * @param holder who has the group, in words; empty: it is not known
 */
export function tcpdumpFailure(result: ExecResult, holder: string): Failure {
  if (result.kind === "notStarted") {
    return result.code === "ENOENT"
      ? tcpdumpMissing
      : {
          class: "wait",
          reason: "TcpdumpNotExecutable",
          message: `tcpdump cannot be started: ${result.code}`,
        };
  }
  if (result.kind !== "exited") return failed(`tcpdump was ended: ${result.kind}`);
  const said = firstLines(result.stderr);
  // The same words as for a missing right, but it got that far.
  if (said.includes("Can't listen on group")) {
    return {
      class: "wait",
      reason: "LogGroupTaken",
      message: `another program listens to NFLOG group 4747 already, and only one can${holder === "" ? "" : `: ${holder}`}`,
    };
  }
  if (said.includes("Couldn't change to")) {
    return {
      class: "wait",
      reason: "TcpdumpNotPermitted",
      message: `tcpdump may not become another user here, as it does when root starts it; give the agent CAP_SETUID and CAP_SETGID (deploy/systemd/seawall-agent-flows.conf): ${said}`,
    };
  }
  if (/operation not permitted|permission/i.test(said)) {
    return {
      class: "wait",
      reason: "TcpdumpNotPermitted",
      message: `tcpdump may not listen here; run the agent as root or with CAP_NET_ADMIN: ${said}`,
    };
  }
  return failed(`tcpdump ended with ${String(result.code)}: ${said}`);
}

function failed(message: string): Failure {
  return { class: "retry", reason: "TcpdumpFailed", message };
}
