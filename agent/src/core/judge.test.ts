import { expect, test } from "vitest";
import type { Failure } from "./failure.ts";
import { type Findings, judge, withTimes } from "./judge.ts";

const fine: Findings = {
  phase: "done",
  hasBundle: true,
  failures: [],
  drift: [],
  fights: [],
  dockerChainsLeftOut: false,
  forwardDropped: [],
  unenforceable: [],
  pendingNetworks: [],
  heldBridges: [],
  footprintDamaged: false,
  withoutGuard: [],
  dockerElsewhere: [],
  failedTests: [],
  notJudged: { connections: 0, example: "" },
};

const docker: Failure = { class: "wait", reason: "DockerUnavailable", message: "away" };
const busy: Failure = { class: "retry", reason: "IptablesBusy", message: "busy" };
const never: Failure = {
  class: "terminal",
  reason: "NotHere",
  message: "no",
  unsupported: true,
};
const refusal = { reason: "BadSignature", message: "forged", unsupported: false };
const newer = { reason: "UnknownFeature", message: "too new", unsupported: true };
const jump = { family: "IPv4", kind: "dockerUserMissing" } as const;

test.each<[string, Partial<Findings>, string, readonly string[]]>([
  ["nothing to say", {}, "InSync", []],
  ["no bundle", { hasBundle: false }, "Pending", ["NoBundle"]],
  [
    "no bundle and no Docker",
    { hasBundle: false, failures: [docker] },
    "Failed",
    ["DockerUnavailable", "NoBundle"],
  ],
  [
    "a drift that stays because the host only warns",
    { phase: "onlyWarns", drift: [jump] },
    "Drifted",
    ["OnlyWarns"],
  ],
  [
    "a repair that waits, and why",
    { phase: "fought", drift: [jump], fights: [{ what: "w", by: [] }] },
    "Drifted",
    ["RepairWaits", "RepairsUndone"],
  ],
  [
    "repairs that are undone, between two of them",
    { fights: [{ what: "w", by: ["iptables (pid 1)"] }] },
    "InSync",
    ["RepairsUndone"],
  ],
  [
    "changes that are not heard of",
    { unheard: { class: "wait", reason: "NftMissing", message: "m" } },
    "InSync",
    ["NftMissing"],
  ],
  [
    "Docker's rules in FORWARD flushed",
    { dockerChainsLeftOut: true },
    "Failed",
    ["DockerChainsLeftOut"],
  ],
  ["about to write", { phase: "applying" }, "Applying", ["RulesetChanged"]],
  ["about to repair", { phase: "drifted", drift: [jump] }, "Drifted", ["RulesChanged"]],
  [
    "about to repair, Docker away",
    { phase: "drifted", drift: [jump], failures: [docker] },
    "Drifted",
    ["RulesChanged", "DockerUnavailable"],
  ],
  [
    "a repair that failed",
    { drift: [jump], failures: [busy] },
    "Failed",
    ["IptablesBusy", "RulesChanged"],
  ],
  [
    "nobody to tell of denied packets",
    { flowsUntold: { reason: "TcpdumpMissing", message: "install it" } },
    "InSync",
    ["TcpdumpMissing"],
  ],
  ["a refused bundle", { refusal }, "Failed", ["BadSignature"]],
  [
    "a bundle from the future",
    { refusal: newer, failures: [docker] },
    "Unsupported",
    ["UnknownFeature", "DockerUnavailable"],
  ],
  ["what this version cannot", { failures: [never] }, "Unsupported", ["NotHere"]],
  [
    "Docker makes no rules",
    { dockerRulesMissing: { docker: "iptables", hadRules: false } },
    "InSync",
    ["DockerMakesNoRules"],
  ],
  [
    "Docker lost its rules",
    { dockerRulesMissing: { docker: "iptables", hadRules: true } },
    "Failed",
    ["DockerRulesLost"],
  ],
  [
    "Docker's chains of nftables gone",
    { dockerRulesMissing: { docker: "nftables", hadRules: false } },
    "Failed",
    ["DockerChainsMissing"],
  ],
  ["what Docker left in FORWARD", { forwardDropped: ["IPv4"] }, "InSync", ["ForwardPolicyDrop"]],
  [
    "connections that cannot be told",
    { notJudged: { connections: 2, example: "TCP" } },
    "InSync",
    ["ConnectionsNotJudged"],
  ],
  [
    "a bridge that no rule can name",
    { unenforceable: ["policy p …"] },
    "Unsupported",
    ["NetworkNotEnforceable"],
  ],
  ["a bridge to come", { pendingNetworks: ["shop"] }, "InSync", ["NoBridge"]],
  ["a bridge of nobody known", { heldBridges: ["br-0"] }, "InSync", ["BridgeUnknown"]],
  ["a test that fails", { failedTests: ["policy p: …"] }, "InSync", ["PolicyTestFailed"]],
  ["no table for the guard", { withoutGuard: ["IPv6"] }, "InSync", ["SecurityTableMissing"]],
  [
    "Docker's chains twice",
    { dockerElsewhere: [{ family: "IPv4", variant: "nft" }] },
    "InSync",
    ["DockerRulesInBothVariants"],
  ],
  ["a damaged record", { footprintDamaged: true }, "InSync", ["FootprintDamaged"]],
])("%s", (_, findings, state, reasons) => {
  const judgement = judge({ ...fine, ...findings });
  expect([judgement.state, judgement.conditions.map(({ reason }) => reason)]).toEqual([
    state,
    reasons,
  ]);
});

test("a condition keeps its time for as long as it holds", () => {
  const one = { type: "DockerFailed", reason: "DockerUnavailable", message: "away" };
  const first = withTimes([one], [], 100);
  expect(withTimes([{ ...one, message: "still away" }], first, 200)[0]?.sinceMs).toBe(100);
  expect(withTimes([{ ...one, reason: "Other" }], first, 200)[0]?.sinceMs).toBe(200);
});
