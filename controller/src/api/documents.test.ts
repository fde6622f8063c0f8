import type { HostReport__Output } from "@seawall/proto";
import { expect, test } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { documentsOf } from "./documents.ts";

const reportOf = (reason: string, networks: readonly string[]): HostReport__Output => ({
  ...{ state: "HOST_STATE_IN_SYNC", observedEpoch: 1, observedGeneration: 1, revision: 1 },
  ...{
    entries: [],
    rulesetDigest: "ab",
    bundleDigest: "cd",
    observedAtMs: 0,
    versions: null,
    inventory: null,
  },
  ...{ accepted: null, conditions: [], counters: [], drifts: [], limits: [], connections: null },
  policies: [{ policy: "p", networks: [...networks], containers: [], reason, message: "" }],
});

test.for<[hosts: readonly string[], status: string]>([
  [["Enforced", "Enforced"], "Enforced"],
  [["Enforced", "SelectsNothing"], "Enforced"],
  [["SelectsNothing", "SelectsNothing"], "SelectsNoNetwork"],
  [["Enforced", "Audited"], "Audited"],
  [["Enforced", "PartiallyEnforced"], "PartiallyEnforced"],
  [["Audited", "PartiallyEnforced"], "PartiallyEnforced"],
])("hosts that say %j: the policy is %s", async ([reasons, expected]) => {
  const fleet = new MemoryFleet(reasons.map((_, index) => enrolledHost(`h${String(index)}`)));
  fleet.push(
    new Map([
      [
        "FleetPolicy/p",
        { apiVersion: "seawall/v1", kind: "FleetPolicy", metadata: { name: "p" }, spec: {} },
      ],
    ]),
  );
  reasons.forEach((reason, index) => {
    const networks = reason === "SelectsNothing" ? [] : ["shop"];
    fleet.known.set(`h${String(index)}`, {
      ...{ generation: 1, bundleDigest: "cd", bundle: "current", everReported: true },
      ...{ report: reportOf(reason, networks), reportAgeMs: 1 },
    });
  });
  expect(await documentsOf("FleetPolicy", fleet)).toMatchObject([{ status: { reason: expected } }]);
});
