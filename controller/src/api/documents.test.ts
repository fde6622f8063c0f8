import type { HostReport__Output } from "@seawall/proto";
import { expect, test } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { policyTree } from "../testing/policy-tree.ts";
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
  ...{
    accepted: null,
    conditions: [],
    counters: [],
    drifts: [],
    appliedCuts: null,
    limits: [],
    connections: null,
  },
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

test("a policy that a rollout has not brought to a host is not enforced there, however well the host is", async () => {
  const fleet = new MemoryFleet([enrolledHost("a")]);
  fleet.push(policyTree({ p: "{ingress: {defaultAction: Deny}}" }));
  const report = reportOf("Enforced", ["shop"]);
  fleet.known.set("a", {
    ...{ generation: 1, bundleDigest: "cd", bundle: "current", everReported: true },
    ...{ report, reportAgeMs: 1, newerRevision: 1 },
  });
  const [policy] = await documentsOf("FleetPolicy", fleet);
  expect(policy).toMatchObject({ status: { hosts: 1, inSync: 0, reason: "Progressing" } });
  const [host] = await documentsOf("Host", fleet);
  expect(host).toMatchObject({ status: { state: "InSync", newerRevision: 1 } });
});

test("a revision says what it changed against its parent, and nothing where that is not known", async () => {
  const fleet = new MemoryFleet();
  fleet.push(policyTree({ a: "{ingress: {defaultAction: Deny}}" }), "eve", "first");
  fleet.records.push({ number: 2, unbelieved: "revisions/2 is not believed: changed" });
  fleet.records.push({
    ...{ number: 3, parent: 2, author: "eve", message: "third", time: "2026-03-01T12:00:00Z" },
    tree: { "FleetPolicy/a": "1".repeat(64) },
  });
  fleet.records.push({
    ...{ number: 4, parent: 3, author: "eve", message: "fourth", time: "2026-03-01T12:01:00Z" },
    tree: { "FleetPolicy/a": "2".repeat(64), "FleetPolicy/b": "3".repeat(64) },
  });
  const documents = await documentsOf("Revision", fleet);
  expect(documents).toMatchObject([
    {
      metadata: { name: "4" },
      status: { created: ["FleetPolicy/b"], configured: ["FleetPolicy/a"], deleted: [] },
    },
    { metadata: { name: "3" }, spec: { author: "eve", message: "third" } },
    { metadata: { name: "2" } },
    { metadata: { name: "1" }, status: { created: ["FleetPolicy/a"] } },
  ]);
  expect(documents[1]).toHaveProperty("status", { current: false });
  expect(documents[2]).toHaveProperty("status", {
    ...{ current: false, unbelieved: "revisions/2 is not believed: changed" },
  });
});
