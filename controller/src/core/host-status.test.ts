import type { HostReport__Output } from "@seawall/proto";
import { describe, expect, test } from "vitest";
import { acceptedBundle, type HostKnowledge, hostStatus } from "./host-status.ts";
import { duplicate } from "./testing/duplicate.ts";

const report: HostReport__Output = {
  state: "HOST_STATE_IN_SYNC",
  conditions: [],
  observedEpoch: 1,
  observedGeneration: 7,
  revision: 3,
  inventory: null,
  limits: [],
  counters: [],
  versions: null,
  entries: [],
  rulesetDigest: "ab",
  bundleDigest: "cd",
  accepted: null,
  drifts: [],
  appliedCuts: null,
  connections: null,
  policies: [],
  observedAtMs: 0,
};
const known: HostKnowledge = {
  epoch: 1,
  generation: 7,
  bundleDigest: "cd",
  bundle: "current",
  report,
  reportAgeMs: 1_000,
  everReported: true,
};
const why = {
  type: "Firewall",
  status: true,
  reason: "IptablesMissing",
  message: "install iptables",
  lastTransitionMs: 0,
};

function refusedOlder(generation: number): HostReport__Output {
  return {
    ...report,
    state: "HOST_STATE_FAILED",
    accepted: { epoch: 1, generation, digest: "cd" },
    conditions: [{ ...why, reason: "OlderGeneration" }],
  };
}

describe("hostStatus", () => {
  test.for<{ name: string; known: Partial<HostKnowledge>; is: string }>([
    { name: "fresh, newest generation", known: {}, is: "InSync " },
    {
      name: "two agents have its keys, whatever either says",
      known: { quarantine: duplicate },
      is: "Quarantined DuplicateIdentity",
    },
    {
      name: "joined, never reported",
      known: { report: undefined, reportAgeMs: undefined, everReported: false },
      is: "Pending NeverReported",
    },
    {
      name: "not since this controller started",
      known: { report: undefined, reportAgeMs: undefined },
      is: "Stale NotReported",
    },
    { name: "45 s old is still fresh", known: { reportAgeMs: 45_000 }, is: "InSync " },
    { name: "older than 45 s", known: { reportAgeMs: 45_001 }, is: "Stale ReportTooOld" },
    {
      name: "another bundle of the same generation is not in sync",
      known: { report: { ...report, bundleDigest: "ee" } },
      is: "Applying OtherBundle",
    },
    {
      name: "nor is one that does not say which",
      known: { report: { ...report, bundleDigest: "" } },
      is: "Applying OtherBundle",
    },
    {
      name: "an older generation is not in sync",
      known: { generation: 8 },
      is: "Applying OlderGeneration",
    },
    {
      name: "the same number of another epoch is not in sync",
      known: { epoch: 2 },
      is: "Applying OlderGeneration",
    },
    {
      name: "one that refused an older bundle, while a newer one is under way, has not failed",
      known: { generation: 8, report: refusedOlder(7) },
      is: "Applying OlderGeneration",
    },
    {
      name: "nor has one that has taken more than the store knows: its next bundle is being made",
      known: { generation: 1, report: refusedOlder(7) },
      is: "Applying OlderGeneration",
    },
    {
      name: "one that holds the newest, and is offered an older one all the same, says so",
      known: { report: refusedOlder(7) },
      is: "Failed OlderGeneration",
    },
    {
      name: "a bundle behind its revision is not in sync",
      known: { bundle: "pending" },
      is: "Applying BundlePending",
    },
    {
      name: "nor is one of which it cannot be told",
      known: { bundle: "held" },
      is: "Applying HostNotBelieved",
    },
    {
      name: "a failure is said with its reason",
      known: { report: { ...report, state: "HOST_STATE_FAILED", conditions: [why] } },
      is: "Failed IptablesMissing",
    },
    {
      name: "no state at all is a failure",
      known: { report: { ...report, state: "HOST_STATE_UNSPECIFIED" } },
      is: "Failed Unknown",
    },
    {
      name: "an agent cannot call itself stale",
      known: { report: { ...report, state: "HOST_STATE_STALE" } },
      is: "Failed Unknown",
    },
    {
      name: "stale wins over whatever the last report said",
      known: { report: { ...report, state: "HOST_STATE_DRIFTED" }, reportAgeMs: 60_000 },
      is: "Stale ReportTooOld",
    },
  ])("$name → $is", ({ known: other, is }) => {
    const { state, reason } = hostStatus({ ...known, ...other });
    expect(`${state} ${reason}`).toBe(is);
  });
});

test.for<{ name: string; report: Partial<HostReport__Output>; is: object }>([
  {
    name: "of an agent that does not tell it apart: the one it enforces",
    report: {},
    is: { epoch: 1, generation: 7, digest: "cd" },
  },
  {
    name: "of a host that took its newest bundle back",
    report: { accepted: { epoch: 1, generation: 8, digest: "ef" } },
    is: { epoch: 1, generation: 8, digest: "ef" },
  },
  {
    name: "a number that cannot be counted on from",
    report: { accepted: { epoch: 1, generation: Number.MAX_SAFE_INTEGER, digest: "" } },
    is: { epoch: 1, generation: 0, digest: "" },
  },
])("the newest bundle that a host has taken: $name", ({ report: part, is }) => {
  expect(acceptedBundle({ ...report, ...part })).toEqual(is);
});
