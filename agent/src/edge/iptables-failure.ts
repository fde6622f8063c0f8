import type { Failure } from "../core/failure.ts";
import type { ExecResult } from "./exec.ts";
import { firstLines } from "./first-lines.ts";

/** The one place that decides what a call of an iptables program that did not go well means. */
export function iptablesFailure(program: string, result: ExecResult): Failure {
  switch (result.kind) {
    case "notStarted":
      return result.code === "ENOENT"
        ? {
            class: "wait",
            reason: "IptablesMissing",
            message: `${program} is not installed here; install the package iptables`,
          }
        : {
            class: "wait",
            reason: "IptablesNotExecutable",
            message: `${program} cannot be started: ${result.code}`,
          };
    case "timedOut":
      return {
        class: "retry",
        reason: "IptablesTimeout",
        message: `${program} did not end in time`,
      };
    case "tooMuchOutput":
      return {
        class: "terminal",
        reason: "RulesetTooLarge",
        message: `${program} prints more than the agent reads; the filter table has too many rules`,
      };
    case "killed":
      return {
        class: "retry",
        reason: "IptablesKilled",
        message: `${program} was ended by ${result.signal}`,
      };
    case "exited":
      return exitFailure(program, result.code, firstLines(result.stderr));
  }
}

// To iptables-legacy, a chain that is not there is an extension that it does not have.
const chainGone = /couldn't load target `(?:SEAWALL|DOCKER-)/i;

const noNftables =
  /failed to initialize nft: (?!permission)|generation id: (?:invalid argument|.*not supported)/i;

const noTable = /(?:unable to|can't) initialize (?:ip6?tables )?table [`'](\w+)'/i;

/** The table of iptables-legacy for want of which a program ended; undefined: that is not why. */
export function missingTable(result: ExecResult): string | undefined {
  return result.kind === "exited" ? noTable.exec(result.stderr)?.[1] : undefined;
}

function exitFailure(program: string, code: number, stderr: string): Failure {
  // Rights first: iptables ends with 4 for them too, as for a busy table.
  if (/permission denied|operation not permitted|must be root/i.test(stderr)) {
    return {
      class: "wait",
      reason: "NoRights",
      message: `${program} may not change the firewall; run the agent as root or with CAP_NET_ADMIN: ${stderr}`,
    };
  }
  if (
    /extension .* not supported|missing kernel module|couldn't load (match|target)/i.test(stderr) &&
    !chainGone.test(stderr)
  ) {
    return {
      class: "terminal",
      reason: "MissingExtension",
      message: `${program} or the kernel lacks an iptables extension: ${stderr}`,
    };
  }
  if (/can't open lock file/i.test(stderr)) {
    return {
      class: "wait",
      reason: "XtablesLock",
      message: `${program} cannot take the lock that all of iptables-legacy share; let the agent write /run: ${stderr}`,
    };
  }
  if (noNftables.test(stderr)) {
    return {
      class: "terminal",
      reason: "NftablesMissing",
      message: `the kernel has no nf_tables, which ${program} needs; load the module, or use iptables-legacy (update-alternatives --set iptables /usr/sbin/iptables-legacy, likewise ip6tables): ${stderr}`,
    };
  }
  if (noTable.test(stderr)) {
    return {
      class: "wait",
      reason: "TableMissing",
      message: `the kernel lacks a table that ${program} needs; load the module (iptable_filter, ip6table_filter): ${stderr}`,
    };
  }
  if (code === 4) {
    return { class: "retry", reason: "IptablesBusy", message: `${program}: ${stderr}` };
  }
  // Mostly a table that changed under us; 1.8.9 calls a missing chain "incompatible".
  return {
    class: "retry",
    reason: "IptablesFailed",
    message: `${program} ended with ${code}: ${stderr}`,
  };
}
