import { expect, test } from "vitest";
import type { ExecResult } from "./exec.ts";
import { ipsetFailure } from "./ipset-failure.ts";

const said = (stderr: string): ExecResult => ({ kind: "exited", code: 1, stdout: "", stderr });

test.each<[string, ExecResult, string, string]>([
  ["not installed", { kind: "notStarted", code: "ENOENT" }, "IpsetMissing", "wait"],
  ["not executable", { kind: "notStarted", code: "EACCES" }, "IpsetNotExecutable", "wait"],
  [
    "a kernel without nfnetlink",
    said("ipset v7.17: Cannot open session to kernel."),
    ...(["IpsetMissing", "wait"] as const),
  ],
  [
    "a kernel without ip_set",
    said("ipset v7.17: Kernel error received: Invalid argument"),
    ...(["IpsetMissing", "wait"] as const),
  ],
  [
    "a kernel without hash:net",
    said("ipset v7.17: Error in line 1: Kernel error received: set type not supported"),
    ...(["MissingExtension", "terminal"] as const),
  ],
  [
    "not root",
    said("ipset v7.17: Kernel error received: Operation not permitted"),
    ...(["NoRights", "wait"] as const),
  ],
  [
    "full",
    said("ipset v7.17: Error in line 4: Hash is full, cannot add more elements"),
    ...(["SetFull", "terminal"] as const),
  ],
  [
    "somebody was faster",
    said(
      "ipset v7.17: Error in line 1: Set cannot be created: set with the same name already exists",
    ),
    ...(["IpsetFailed", "retry"] as const),
  ],
  ["hanging", { kind: "timedOut" }, "IpsetTimeout", "retry"],
  ["killed", { kind: "killed", signal: "SIGKILL" }, "IpsetKilled", "retry"],
  ["endless", { kind: "tooMuchOutput" }, "SetsTooLarge", "terminal"],
])("%s", (_, result, reason, kind) => {
  expect(ipsetFailure(result)).toMatchObject({ reason, class: kind });
});
