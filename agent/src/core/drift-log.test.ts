import { expect, it, test } from "vitest";
import type { Difference } from "./diff.ts";
import { recordDrift, repairDrifts } from "./drift-log.ts";
import type { ForeignCommit } from "./foreign-commit.ts";
import type { DriftRecord } from "./status.ts";
import { suspectsOf, suspectText } from "./suspects.ts";

const changed: Difference = {
  ...{ family: "IPv4", kind: "chainChanged", table: "filter", chain: "SEAWALL" },
};
const docker: Difference = { family: "IPv4", kind: "dockerJumpDisplaced" };
const missing: Difference = { family: "IPv6", kind: "dockerUserMissing" };
const iptables: ForeignCommit = { atMs: 5, pid: 4711, command: "iptables", parent: "bash" };
const nft: ForeignCommit = { atMs: 7, pid: 9, command: "nft" };

test("suspects are processes, each with the last of its commits", () => {
  const again = { atMs: 8, pid: 4711, command: "iptables" };
  expect(suspectsOf([iptables, nft, again])).toEqual([nft, { ...iptables, atMs: 8 }]);
  const crowd = Array.from({ length: 20 }, (_, pid) => ({ ...nft, pid }));
  expect(suspectsOf(crowd).map(({ pid }) => pid)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
});

test.each<[ForeignCommit, string]>([
  [iptables, "iptables (pid 4711, started by bash)"],
  [nft, "nft (pid 9)"],
  [{ ...nft, command: "" }, "a process (pid 9)"],
])("in words: %j", (commit, expected) => {
  expect(suspectText(commit)).toBe(expected);
});

const first: DriftRecord = {
  ...{ detectedMs: 1_000, family: "IPv4", times: 1, suspects: [iptables] },
  what: "chain SEAWALL is not as it was written",
};

it("keeps what was found, by family and newest first", () => {
  const log = recordDrift([], [changed], [iptables], 1_000);
  expect(log).toEqual([first]);
  const both = recordDrift(log, [missing, docker], [], 2_000);
  expect(both.map(({ family, what }) => [family, what])).toEqual([
    ["IPv4", "the jump from FORWARD to DOCKER-USER is not the first rule"],
    ["IPv6", "chain DOCKER-USER is missing"],
    ["IPv4", first.what],
  ]);
});

it("does not add what is known and not repaired yet", () => {
  expect(recordDrift([first], [changed], [nft], 2_000)).toEqual([first]);
});

it("counts what comes again within a minute", () => {
  const repaired = repairDrifts([first], [nft], 1_020);
  expect(repaired).toEqual([{ ...first, repairedMs: 1_020 }]);
  const again = recordDrift(repaired, [changed], [nft], 60_999);
  expect(again).toEqual([{ ...first, detectedMs: 60_999, times: 2, suspects: [nft] }]);
  const later = recordDrift(repaired, [changed], [iptables], 61_000);
  expect(later).toEqual([{ ...first, detectedMs: 61_000 }, ...repaired]);
});

it("learns who it was when it is told late", () => {
  const log = recordDrift([], [changed], [], 1_000);
  expect(repairDrifts(log, [nft], 1_020)).toEqual([
    { ...first, repairedMs: 1_020, suspects: [nft] },
  ]);
});

it("remembers sixteen", () => {
  let log = recordDrift([], [], [], 0);
  for (let n = 0; n < 20; n += 1) {
    const chain = `SEAWALL-${String(n)}`;
    log = recordDrift(log, [{ ...changed, chain }], [], n);
  }
  expect(log).toHaveLength(16);
  expect(log[0]?.what).toBe("chain SEAWALL-19 is not as it was written");
});
