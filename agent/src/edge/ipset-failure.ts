import type { Failure } from "../core/failure.ts";
import type { ExecResult } from "./exec.ts";
import { firstLines } from "./first-lines.ts";

/** What a call of ipset that did not go well means. IpsetMissing: sets cannot be had on this host. */
export function ipsetFailure(result: ExecResult): Failure {
  switch (result.kind) {
    case "notStarted":
      return result.code === "ENOENT"
        ? {
            class: "wait",
            reason: "IpsetMissing",
            message: "ipset is not installed here; install the package ipset",
          }
        : {
            class: "wait",
            reason: "IpsetNotExecutable",
            message: `ipset cannot be started: ${result.code}`,
          };
    case "timedOut":
      return { class: "retry", reason: "IpsetTimeout", message: "ipset did not end in time" };
    case "tooMuchOutput":
      return {
        class: "terminal",
        reason: "SetsTooLarge",
        message:
          "ipset prints more than the agent reads; this host's sets, those of others among them, have too many entries",
      };
    case "killed":
      return {
        class: "retry",
        reason: "IpsetKilled",
        message: `ipset was ended by ${result.signal}`,
      };
    case "exited":
      return exitFailure(result.code, firstLines(result.stderr));
  }
}

function exitFailure(code: number, stderr: string): Failure {
  if (/operation not permitted|permission denied|must be root/i.test(stderr)) {
    return {
      class: "wait",
      reason: "NoRights",
      message: `ipset may not change the kernel's sets; run the agent as root or with CAP_NET_ADMIN: ${stderr}`,
    };
  }
  if (/cannot open session to kernel|kernel error received: invalid argument/i.test(stderr)) {
    return {
      class: "wait",
      reason: "IpsetMissing",
      message: `this kernel has no address sets; load its module ip_set: ${stderr}`,
    };
  }
  if (/set type not supported/i.test(stderr)) {
    return {
      class: "terminal",
      reason: "MissingExtension",
      message: `this kernel has no sets of type hash:net; load its module ip_set_hash_net: ${stderr}`,
    };
  }
  if (/hash is full|out of memory|cannot allocate/i.test(stderr)) {
    return {
      class: "terminal",
      reason: "SetFull",
      message: `the kernel takes no more addresses into a set; name fewer, or give the host more memory: ${stderr}`,
    };
  }
  // Mostly a set that somebody else has made or removed since it was observed.
  return {
    class: "retry",
    reason: "IpsetFailed",
    message: `ipset ended with ${String(code)}: ${stderr}`,
  };
}
