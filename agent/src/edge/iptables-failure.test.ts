import { expect, test } from "vitest";
import type { ExecResult } from "./exec.ts";
import { iptablesFailure } from "./iptables-failure.ts";

const exit = (code: number, stderr: string): ExecResult => ({
  kind: "exited",
  code,
  stdout: "",
  stderr,
});

test.each<[string, ExecResult, string, string]>([
  ["no such program", { kind: "notStarted", code: "ENOENT" }, "wait", "IptablesMissing"],
  ["not executable", { kind: "notStarted", code: "EACCES" }, "wait", "IptablesNotExecutable"],
  ["hangs", { kind: "timedOut" }, "retry", "IptablesTimeout"],
  ["killed", { kind: "killed", signal: "SIGKILL" }, "retry", "IptablesKilled"],
  ["endless", { kind: "tooMuchOutput" }, "terminal", "RulesetTooLarge"],
  [
    "not root",
    exit(
      4,
      "iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
    ),
    "wait",
    "NoRights",
  ],
  [
    "table busy",
    exit(4, "line 2: CHAIN_DEL failed (Device or resource busy): chain SEAWALL"),
    "retry",
    "IptablesBusy",
  ],
  [
    "chain gone, as 1.8.9 says it",
    exit(1, "chain `DOCKER-USER' in table `filter' is incompatible, use 'nft' tool."),
    "retry",
    "IptablesFailed",
  ],
  [
    "chain gone, as others say it",
    exit(1, "line 2 failed: No chain/target/match by that name."),
    "retry",
    "IptablesFailed",
  ],
  [
    "the lock is taken",
    exit(4, "Another app is currently holding the xtables lock. Stopped waiting after 5s."),
    "retry",
    "IptablesBusy",
  ],
  [
    "the lock cannot be made",
    exit(4, "Fatal: can't open lock file /run/xtables.lock: Read-only file system"),
    "wait",
    "XtablesLock",
  ],
  [
    "not root, as iptables-legacy says it",
    exit(4, "Fatal: can't open lock file /run/xtables.lock: Permission denied"),
    "wait",
    "NoRights",
  ],
  [
    "chain gone, as iptables-legacy says it",
    exit(2, "Couldn't load target `DOCKER-USER':No such file or directory"),
    "retry",
    "IptablesFailed",
  ],
  [
    "no nf_tables in the kernel",
    exit(
      4,
      "iptables-nft-save v1.8.7 (nf_tables): Could not fetch rule set generation id: Invalid argument",
    ),
    "terminal",
    "NftablesMissing",
  ],
  [
    "no nf_tables in the kernel, as another one says it",
    exit(1, "iptables-save/1.8.2 Failed to initialize nft: Protocol not supported"),
    "terminal",
    "NftablesMissing",
  ],
  [
    "no filter table",
    exit(
      2,
      "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'filter'",
    ),
    "wait",
    "TableMissing",
  ],
  [
    "no multiport",
    exit(2, "Couldn't load match `multiport':No such file or directory"),
    "terminal",
    "MissingExtension",
  ],
  [
    "no REJECT in the kernel",
    exit(1, "Extension REJECT revision 0 not supported, missing kernel module?"),
    "terminal",
    "MissingExtension",
  ],
])("%s", (_, result, kind, reason) => {
  expect(iptablesFailure("iptables-nft-restore", result)).toMatchObject({ class: kind, reason });
});

test("the warning about legacy tables is not the reason", () => {
  const { message } = iptablesFailure(
    "iptables",
    exit(1, "# Warning: iptables-legacy tables present\nline 3 failed\n"),
  );
  expect(message).toBe("iptables ended with 1: line 3 failed");
});
