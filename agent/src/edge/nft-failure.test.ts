import { expect, test } from "vitest";
import type { ExecResult } from "./exec.ts";
import { isAbsent, nftFailure } from "./nft-failure.ts";

const exited = (code: number, stderr: string): ExecResult => ({
  kind: "exited",
  code,
  stdout: "",
  stderr,
});

const noTable = `Error: No such file or directory
list table inet seawall
                ^^^^^^^
`;
const noChain = `/dev/stdin:1:20-22: Error: Could not process rule: No such file or directory
flush chain inet seawall c5
                         ^^
`;

test.each<[string, ExecResult, string, string]>([
  ["not there", { kind: "notStarted", code: "ENOENT" }, "wait", "NftMissing"],
  ["not executable", { kind: "notStarted", code: "EACCES" }, "wait", "NftNotExecutable"],
  ["too slow", { kind: "timedOut" }, "retry", "NftTimeout"],
  ["too much", { kind: "tooMuchOutput" }, "terminal", "RulesetTooLarge"],
  // nft 1.0.6, in a network namespace with maps of nft 1.1.7.
  ["dead", { kind: "killed", signal: "SIGSEGV" }, "wait", "NftUnusable"],
  ["dead, as a shell says it", exited(139, ""), "wait", "NftUnusable"],
  [
    "no rights",
    exited(
      1,
      "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted",
    ),
    "wait",
    "NoRights",
  ],
  [
    "a kernel without",
    exited(1, "netlink: Error: cache initialization failed: Protocol not supported"),
    "terminal",
    "MissingExtension",
  ],
  [
    "too old",
    exited(1, "/dev/stdin:1:1-3: Error: syntax error, unexpected string"),
    "terminal",
    "NftTooOld",
  ],
  ["changed under us", exited(1, noChain), "retry", "NftFailed"],
])("%s", (_, result, kind, reason) => {
  expect(nftFailure(result)).toMatchObject({ class: kind, reason });
});

test.each([
  ["what nft says of a table that is not there", exited(1, noTable), true],
  ["a line that names something else", exited(1, noChain), false],
  ["a good end", exited(0, ""), false],
  ["the end by a signal", exited(139, ""), false],
] as const)("absent: %s", (_, result, is) => {
  expect(isAbsent(result)).toBe(is);
});
