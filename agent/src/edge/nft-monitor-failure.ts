import type { Failure } from "../core/failure.ts";
import type { ExecResult } from "./exec.ts";
import { firstLines } from "./first-lines.ts";

const meanwhile = "until then changes of rules by others are found by looking every 5 seconds";

/** The one place that decides what the end of `nft monitor` means, which never ends by itself. */
export function monitorFailure(result: ExecResult): Failure {
  switch (result.kind) {
    case "notStarted":
      return result.code === "ENOENT"
        ? {
            class: "wait",
            reason: "NftMissing",
            message: `nft is not installed here; install the package nftables; ${meanwhile}`,
          }
        : {
            class: "wait",
            reason: "NftNotExecutable",
            message: `nft cannot be started: ${result.code}; ${meanwhile}`,
          };
    case "killed":
      return {
        class: "retry",
        reason: "NftMonitorEnded",
        message: `nft monitor was ended by ${result.signal}; it is started again; ${meanwhile}`,
      };
    case "exited":
      return exitFailure(result.code, firstLines(result.stderr));
    case "timedOut":
    case "tooMuchOutput":
      return { class: "retry", reason: "NftMonitorEnded", message: `nft monitor: ${result.kind}` };
  }
}

function exitFailure(code: number, stderr: string): Failure {
  if (/permission denied|operation not permitted|must be root/i.test(stderr)) {
    return {
      class: "wait",
      reason: "NoRights",
      message: `nft may not listen; run the agent as root or with CAP_NET_ADMIN: ${stderr}; ${meanwhile}`,
    };
  }
  return {
    class: "retry",
    reason: "NftMonitorEnded",
    message: `nft monitor ended with ${String(code)}${stderr === "" ? "" : `: ${stderr}`}; it is started again; ${meanwhile}`,
  };
}
