import { expect, test } from "vitest";
import type { Failure } from "./failure.ts";
import { type Findings, judge, withTimes } from "./judge.ts";
import type { Opening } from "./opening.ts";
import type { Standing } from "./standing.ts";

const fine: Findings = {
  phase: "done",
  hasBundle: true,
  isInForce: true,
  open: {},
  failures: [],
  drift: [],
  fights: [],
  dockerChainsLeftOut: [],
  dockerJumpsLost: [],
  forwardDropped: [],
  unenforceable: [],
  pendingNetworks: [],
  heldBridges: [],
  heldListeners: [],
  footprintDamaged: false,
  withoutGuard: [],
  dockerElsewhere: [],
  unread: [],
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
const unread = {
  ...({ family: "IPv4", variant: "legacy", hasTables: true } as const),
  failure: { class: "wait", reason: "IptablesMissing", message: "install it" } as const,
};
const refusal = { reason: "BadSignature", message: "forged", unsupported: false };
const newer = { reason: "UnknownFeature", message: "too new", unsupported: true };
const jump = { family: "IPv4", kind: "dockerUserMissing" } as const;

const newest = { epoch: 1, generation: 8, revision: 5 };
const before = { epoch: 1, generation: 7, revision: 4 };
const why = { kind: "unreachable", reason: "NatsUnreachable", message: "no answer" } as const;
const trial: Standing = { kind: "trial", since: { boot: "a", ms: 1 } };
const reverted: Standing = { kind: "reverted", why, atMs: 1_700_000_000_000, helped: true };
const opening: Opening = {
  since: { boot: "a", ms: 1 },
  ttlMs: 900_000,
  reason: "the VPN is cut",
  by: { uid: 1000, login: "alice" },
  openedMs: 1_700_000_000_000,
  hadRules: true,
};

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
    "iptables-legacy that nobody can read, with what we left there",
    { unread: [{ ...unread, isOurs: true }] },
    "Failed",
    ["IptablesMissing"],
  ],
  [
    "iptables-legacy that nobody can read, of somebody else",
    { unread: [{ ...unread, isOurs: false }] },
    "InSync",
    ["IptablesMissing"],
  ],
  [
    "Docker's rules in FORWARD flushed",
    { dockerChainsLeftOut: ["IPv4"] },
    "Failed",
    ["DockerChainsLeftOut"],
  ],
  [
    "what led to some of Docker's chains removed",
    { dockerJumpsLost: [{ family: "IPv6", text: "FORWARD -j DOCKER-FORWARD" }] },
    "Failed",
    ["DockerJumpsLost"],
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
    "what is not done yet",
    { failures: [{ ...busy, isUnderWay: true }] },
    "Applying",
    [busy.reason],
  ],
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
  ["a port of nobody known", { heldListeners: ["TCP/80"] }, "InSync", ["PublishedByNobody"]],
  ["a test that fails", { failedTests: ["policy p: …"] }, "InSync", ["PolicyTestFailed"]],
  ["no table for the guard", { withoutGuard: ["IPv6"] }, "InSync", ["SecurityTableMissing"]],
  [
    "Docker's chains twice",
    { dockerElsewhere: [{ family: "IPv4", variant: "nft" }] },
    "InSync",
    ["DockerRulesInBothVariants"],
  ],
  ["a damaged record", { footprintDamaged: true }, "InSync", ["FootprintDamaged"]],
  [
    "a trial",
    { standing: { standing: trial, newest, inForce: newest } },
    "Applying",
    ["Confirming"],
  ],
  [
    "a trial that is not in force",
    { standing: { standing: trial, newest }, isInForce: false, failures: [docker] },
    "Failed",
    ["DockerUnavailable", "NotInForce"],
  ],
  [
    "one that cannot be confirmed",
    { standing: { standing: { kind: "unconfirmed" }, newest, inForce: newest } },
    "Applying",
    ["NotReached"],
  ],
  [
    "one that was taken back, Docker away",
    { standing: { standing: reverted, newest, inForce: before }, failures: [docker] },
    "Reverted",
    ["NatsUnreachable", "DockerUnavailable"],
  ],
  [
    "one that was taken back, and the one before it is not in force",
    {
      standing: { standing: reverted, newest, inForce: before },
      isInForce: false,
      failures: [docker],
    },
    "Failed",
    ["DockerUnavailable", "NatsUnreachable"],
  ],
  ["one that is to stay", { standing: { standing: { kind: "confirmed" }, newest } }, "InSync", []],
  ["opened", { open: { now: { opening, leftMs: 5 } } }, "Failed", ["OpenedLocally"]],
  ["opened some hours ago", { open: { lately: opening } }, "InSync", ["OpenedLocally"]],
  ["a damaged record of openings", { open: "damaged" }, "InSync", ["OpeningsDamaged"]],
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

test.each<[string, Partial<Findings>, string]>([
  [
    "a bundle that was taken back",
    { standing: { standing: reverted, newest, inForce: before } },
    "generation 8 was taken back at 2023-11-14T22:13:20Z, because it cut this host off (no answer); generation 7, the last confirmed one, is in force. It never comes back: apply a policy that lets this host reach its controller",
  ],
  [
    "a bundle that was taken back, and the one before it is not in force yet",
    { standing: { standing: reverted, newest, inForce: before }, isInForce: false },
    "generation 8 was taken back at 2023-11-14T22:13:20Z, because it cut this host off (no answer); generation 7, the last confirmed one, is to be in force, and is not yet. It never comes back: apply a policy that lets this host reach its controller",
  ],
  [
    "the first bundle, taken back in an outage",
    { standing: { standing: { kind: "postponed", why, atMs: 1_700_000_000_000 }, newest } },
    "generation 8 was taken back at 2023-11-14T22:13:20Z (no answer), and NATS and the controller were not reached without it either; no rule is in force, as before the first bundle. It is tried again when NATS and the controller have been reached for as long as a trial takes",
  ],
  [
    "a bundle that was taken back once, and reached again without it",
    {
      standing: {
        ...{ newest, inForce: before },
        standing: { kind: "postponed", why, atMs: 1_700_000_000_000, blamed: why },
      },
    },
    "generation 8 was taken back at 2023-11-14T22:13:20Z (no answer), and it may have been an outage that ended just then; generation 7, the last confirmed one, is in force. It is tried once more when NATS and the controller have been reached for as long as a trial takes",
  ],
  [
    "an open host",
    { open: { now: { opening, leftMs: 5 } } },
    "opened by alice (uid 1000) at 2023-11-14T22:13:20Z until 2023-11-14T22:28:20Z at the latest: the VPN is cut; until then no rule of Seawall is in force, unless somebody runs seawall agent close",
  ],
  [
    "a host that was open",
    {
      open: {
        lately: { ...opening, closed: { by: { uid: 0, login: "root" }, atMs: 1_700_000_060_000 } },
      },
    },
    "opened by alice (uid 1000) at 2023-11-14T22:13:20Z until 2023-11-14T22:14:20Z, when root (uid 0) closed it: the VPN is cut",
  ],
])("the message of %s", (_, findings, message) => {
  expect(judge({ ...fine, ...findings }).conditions[0]?.message).toBe(message);
});
