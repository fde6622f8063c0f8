import type { HostDocument } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { complianceOf } from "./compliance.ts";
import { hostDocument } from "./host-document.ts";

const good: HostDocument = hostDocument(
  {
    name: "a",
    mode: "Enforce",
    options: {},
    labels: {},
    addresses: [],
    enrolledAt: "2026-01-01T00:00:00Z",
  },
  {
    epoch: 1,
    generation: 7,
    bundleDigest: "cd",
    bundle: "current",
    report: {
      state: "HOST_STATE_IN_SYNC",
      conditions: [],
      observedEpoch: 1,
      observedGeneration: 7,
      revision: 3,
      inventory: null,
      limits: [],
      counters: [],
      versions: null,
      rulesetDigest: "ab",
      bundleDigest: "cd",
      accepted: null,
      drifts: [],
      connections: null,
      policies: [],
      observedAtMs: 0,
    },
    reportAgeMs: 1_000,
    everReported: true,
  },
);

const landing = {
  path: "docker-proxy",
  reason: "R",
  message: "the proxy passes it on",
  advice: "turn it off",
};
const partly = {
  name: "p",
  networks: ["n"],
  containers: [],
  reason: "PartiallyEnforced",
  message: "",
};

function host(status: Partial<HostDocument["status"]>): HostDocument {
  return { ...good, status: { ...good.status, ...status } };
}

describe("complianceOf: unknown is not compliant", () => {
  test.for<{ name: string; status: Partial<HostDocument["status"]>; is: string }>([
    { name: "read back a moment ago", status: {}, is: "PASS InSync" },
    {
      name: "InSync with a report that is too old",
      status: { reportAgeMs: 45_001, reason: "ReportTooOld" },
      is: "UNKNOWN ReportTooOld",
    },
    {
      name: "no report since the controller started",
      status: { state: "Stale", reportAgeMs: -1, reason: "NotReported" },
      is: "UNKNOWN NotReported",
    },
    {
      name: "joined, never reported",
      status: { state: "Pending", reason: "NeverReported" },
      is: "UNKNOWN NeverReported",
    },
    { name: "InSync without a digest", status: { rulesetDigest: "" }, is: "UNKNOWN NotReadBack" },
    {
      name: "behind its newest bundle",
      status: { state: "Applying", reason: "OlderGeneration" },
      is: "FAIL OlderGeneration",
    },
    {
      name: "drifted",
      status: { state: "Drifted", reason: "RulesChanged" },
      is: "FAIL RulesChanged",
    },
    { name: "failed without a reason", status: { state: "Failed", reason: "" }, is: "FAIL Failed" },
    {
      name: "a policy says what no rule can bring about",
      status: { policies: [partly], limits: [{ ...landing, policies: ["p"] }] },
      is: "FAIL PartiallyEnforced",
    },
    {
      name: "the same, and an older generation: what is worse is said",
      status: { policies: [partly], state: "Applying", reason: "OlderGeneration" },
      is: "FAIL OlderGeneration",
    },
    {
      name: "limits that no policy lands on, or one in Audit",
      status: {
        policies: [{ ...partly, reason: "Audited" }],
        limits: [
          { ...landing, policies: [] },
          { ...landing, policies: ["p"] },
        ],
      },
      is: "PASS InSync",
    },
    {
      name: "not supported",
      status: { state: "Unsupported", reason: "IptablesLegacy" },
      is: "FAIL IptablesLegacy",
    },
  ])("$name → $is", ({ status, is }) => {
    const { verdict, reason } = complianceOf(host(status), { ok: true });
    expect(`${verdict} ${reason}`).toBe(is);
  });

  test("the first limits are told, with whose they are", () => {
    const limits = [
      { ...landing, policies: [] },
      { ...landing, policies: ["p", "q", "r", "s"] },
      { ...landing, message: "two", policies: ["p"] },
      { ...landing, message: "three", policies: ["p"] },
    ];
    expect(complianceOf(host({ policies: [partly], limits }), { ok: true })).toEqual({
      verdict: "FAIL",
      reason: "PartiallyEnforced",
      message:
        "the proxy passes it on (p, q, r and 1 more); two (p); 1 more: see `seawall describe host a`",
    });
  });

  test.for(["NotConnected", "Disconnected", "DeadlineExceeded", "Refused"] as const)(
    "a fresh report of a host that does not read its rules back now: %s",
    (reason) => {
      const verdict = complianceOf(host({}), { ok: false, reason, message: "it stopped" });
      expect(verdict).toEqual({
        verdict: "UNKNOWN",
        reason,
        message: "its rules could not be read back now: it stopped",
      });
    },
  );
});
