import type { HostReport__Output } from "@seawall/proto";
import { expect, test } from "vitest";
import { hostDocument } from "./host-document.ts";

const identity = {
  name: "a",
  mode: "Audit",
  labels: {},
  addresses: ["192.0.2.7/32"],
  enrolledAt: "2026-01-02T03:04:05.000Z",
} as const;

function documentOf(report: Partial<HostReport__Output>) {
  return hostDocument(identity, {
    epoch: 1,
    generation: 1,
    bundleDigest: "",
    bundle: "current",
    reportAgeMs: 0,
    everReported: true,
    report: {
      state: "HOST_STATE_IN_SYNC",
      conditions: [],
      observedEpoch: 1,
      observedGeneration: 1,
      revision: 1,
      networks: [],
      counters: [],
      versions: null,
      rulesetDigest: "ab",
      bundleDigest: "",
      drifts: [],
      policies: [],
      observedAtMs: 0,
      ...report,
    },
  });
}

test("the spec is what token and operator said", () => {
  expect(documentOf({}).spec).toEqual({ mode: "Audit", addresses: ["192.0.2.7/32"] });
});

// One host's report must not keep anybody from seeing the others.
test.for([2 ** 53, -(2 ** 63), Number.NaN])("%d ms is no moment and no failure", (ms) => {
  const { status } = documentOf({
    conditions: [{ type: "T", status: true, reason: "R", message: "", lastTransitionMs: ms }],
    drifts: [{ detectedMs: ms, repairedMs: ms, family: "IPv4", what: "" }],
  });
  expect(status.conditions[0]?.lastTransitionTime).toBe("");
  expect(status.drifts[0]).toMatchObject({ detectedTime: "", repairedTime: "" });
});

test("a report of very many networks and policies is read in one go", () => {
  const names = Array.from({ length: 50_000 }, (_, i) => `n${String(i)}`);
  const network = {
    id: "",
    driver: "bridge",
    bridge: "",
    subnets: [],
    labels: {},
    internal: false,
  };
  const { status } = documentOf({
    networks: names.map((name) => ({ ...network, name })),
    policies: names.map((name) => ({ policy: `p-${name}`, networks: [name], reason: "Enforced" })),
  });
  expect(status.networks.find(({ name }) => name === "n49999")?.policies).toEqual(["p-n49999"]);
});
