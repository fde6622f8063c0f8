import type { HostReport__Output } from "@seawall/proto";
import { expect, test } from "vitest";
import type { HostKnowledge } from "./host-status.ts";
import { rolloutHealth } from "./rollout-health.ts";
import type { RolloutHealth } from "./rollout-host.ts";
import { duplicate } from "./testing/duplicate.ts";

type State = HostReport__Output["state"];

/** A host whose newest bundle is generation 7, and which says of itself that it is in this state. */
function known(state: State, accepted = 7, conditions: HostReport__Output["conditions"] = []) {
  return {
    ...{ epoch: 1, generation: 7, bundleDigest: "cd", bundle: "current", everReported: true },
    reportAgeMs: 100,
    report: {
      ...{ state, conditions, observedEpoch: 1, observedGeneration: accepted, revision: 2 },
      ...{ inventory: null, limits: [], counters: [], versions: null, rulesetDigest: "ab" },
      ...{ bundleDigest: "cd", accepted: { epoch: 1, generation: accepted, digest: "cd" } },
      ...{
        drifts: [],
        appliedCuts: null,
        connections: null,
        policies: [],
        observedAtMs: 0,
        entries: [],
      },
    },
  } as const satisfies HostKnowledge;
}

const testFailed = [
  {
    ...{ type: "PolicyTestFailed", status: true, reason: "PolicyTestFailed" },
    ...{ message: "policy web: test 0 fails", lastTransitionMs: 0 },
  },
];
const silent = { report: undefined, reportAgeMs: undefined };

test.for<[string, HostKnowledge, RolloutHealth["kind"]]>([
  ["in sync", known("HOST_STATE_IN_SYNC"), "well"],
  ["with a test that fails", known("HOST_STATE_IN_SYNC", 7, testFailed), "failed"],
  ["at an older bundle", known("HOST_STATE_IN_SYNC", 6), "moving"],
  ["whose bundle is being made", { ...known("HOST_STATE_FAILED"), bundle: "pending" }, "moving"],
  ["that fails", known("HOST_STATE_FAILED"), "failed"],
  ["that fails at the bundle before", known("HOST_STATE_FAILED", 6), "moving"],
  ["that took it back", known("HOST_STATE_REVERTED"), "failed"],
  [
    "that does not understand it, and so did not take it",
    known("HOST_STATE_UNSUPPORTED", 6),
    "failed",
  ],
  ["that somebody drifts", known("HOST_STATE_DRIFTED"), "moving"],
  ["whose report is old", { ...known("HOST_STATE_IN_SYNC"), reportAgeMs: 46_000 }, "away"],
  [
    "that never reported",
    { ...known("HOST_STATE_IN_SYNC"), ...silent, everReported: false },
    "away",
  ],
  ["whose keys two agents have", { ...known("HOST_STATE_IN_SYNC"), quarantine: duplicate }, "away"],
  ["that did not report since the start", { ...known("HOST_STATE_IN_SYNC"), ...silent }, "away"],
])("a host %s is %s", ([, host, kind]) => {
  expect(rolloutHealth(host, 60_000).kind).toBe(kind);
});

test("shortly after the controller's start nobody knows of a host that has not reported", () => {
  const host = { ...known("HOST_STATE_IN_SYNC"), ...silent };
  expect(rolloutHealth(host, 44_000)).toEqual({ kind: "unknown" });
});
