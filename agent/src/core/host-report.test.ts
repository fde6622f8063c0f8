import { expect, test } from "vitest";
import { hostReport } from "./host-report.ts";
import type { Status } from "./status.ts";

test("says everything the status says", () => {
  const status: Status = {
    state: "Drifted",
    conditions: [{ type: "Drifted", reason: "RulesChanged", message: "m", sinceMs: 5 }],
    observed: { epoch: 1, generation: 2, revision: 3, digest: "b" },
    networks: [
      {
        id: "i",
        name: "n",
        driver: "macvlan",
        subnets: ["10.0.0.0/8"],
        labels: { a: "b" },
        internal: true,
      },
    ],
    counters: [
      {
        policy: "p",
        rule: "r",
        direction: "egress",
        network: "n",
        family: "IPv6",
        packets: 1,
        bytes: 2,
      },
    ],
    versions: { agent: "1", docker: "2", iptables: "3", backend: "iptables-nft", kernel: "4" },
    rulesetDigest: "d",
    drifts: [{ detectedMs: 7, family: "IPv4", what: "w" }],
    policies: [{ policy: "p", networks: ["n"], reason: "Enforced" }],
    observedAtMs: 9,
  };
  expect(hostReport(status)).toEqual({
    state: "HOST_STATE_DRIFTED",
    conditions: [
      { type: "Drifted", status: true, reason: "RulesChanged", message: "m", lastTransitionMs: 5 },
    ],
    observedEpoch: 1,
    observedGeneration: 2,
    bundleDigest: "b",
    revision: 3,
    networks: [
      {
        id: "i",
        name: "n",
        driver: "macvlan",
        bridge: "",
        subnets: ["10.0.0.0/8"],
        labels: { a: "b" },
        internal: true,
      },
    ],
    counters: [
      {
        policy: "p",
        rule: "r",
        direction: "egress",
        network: "n",
        family: "IPv6",
        packets: 1,
        bytes: 2,
      },
    ],
    versions: { agent: "1", docker: "2", iptables: "3", backend: "iptables-nft", kernel: "4" },
    rulesetDigest: "d",
    drifts: [{ detectedMs: 7, repairedMs: 0, family: "IPv4", what: "w" }],
    policies: [{ policy: "p", networks: ["n"], reason: "Enforced" }],
    observedAtMs: 9,
  });
});
