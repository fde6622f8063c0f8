import { expect, test } from "vitest";
import { hostReport, inventoryOf } from "./host-report.ts";
import type { Status } from "./status.ts";

const proxy = { protocol: "TCP", hostAddress: "::", hostPort: 8080, containerPort: 80 } as const;
const view = {
  networks: [
    {
      ...{ id: "i", name: "n", driver: "macvlan", subnets: ["10.0.0.0/8"], labels: { a: "b" } },
      ...{ internal: true, icc: false, routed: ["IPv6"] },
    },
    {
      ...{ id: "j", name: "o", driver: "bridge", bridge: "br-j", subnets: [], labels: {} },
      internal: false,
    },
  ],
  containers: [
    {
      ...{ id: "c", name: "web", labels: { k: "v" }, hostNetwork: false },
      attachments: [{ networkId: "j", addresses: ["10.1.0.2", "fd00::2"] }],
      published: [proxy],
    },
  ],
  interfaces: ["eth0"],
  addresses: ["192.0.2.11"],
  ownPorts: [{ protocol: "TCP", port: 8080 }],
  awaitedPorts: [
    {
      ...{ protocol: "TCP", range: { first: 8000, last: 8010 } },
      ...{ container: "late", networkIds: ["n1"] },
    },
  ],
  engine: {
    version: "28.5.2",
    swarm: true,
    firewall: "iptables",
    dockerRules: { IPv4: true, IPv6: false },
    bridgeNf: { IPv4: false, IPv6: true },
    proxies: [{ ...proxy, containerAddress: "10.1.0.2" }],
  },
  management: [{ address: "192.0.2.11", port: 7422, container: "nats" }],
} as const satisfies Status["view"];

const cutOne = {
  connection: {
    ...{ protocol: "TCP", source: "203.0.113.9", destination: "192.0.2.11", port: 8080 },
    ...{ answerer: "10.1.0.2", answeringPort: 80 },
  },
  ...{ policy: "p", rule: "default" },
};

const status: Status = {
  state: "Drifted",
  conditions: [{ type: "Drifted", reason: "RulesChanged", message: "m", sinceMs: 5 }],
  observed: { epoch: 1, generation: 2, revision: 3, digest: "b" },
  accepted: { epoch: 1, generation: 4, revision: 5, digest: "a" },
  view,
  limits: [{ path: "docker-proxy", reason: "R", message: "m", advice: "a", policies: ["p"] }],
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
  versions: {
    agent: "1",
    docker: "2",
    iptables: "3",
    nft: "",
    backend: "iptables-nft",
    kernel: "4",
  },
  entries: [
    {
      ...{ family: "IPv4", table: "filter", chain: "DOCKER-USER", leadsTo: "SEAWALL" },
      ...{ position: 1, priority: 0 },
    },
  ],
  rulesetDigest: "d",
  drifts: [
    {
      ...{ detectedMs: 7, family: "IPv4", what: "w", times: 2 },
      suspects: [{ atMs: 6, pid: 4711, command: "iptables" }],
    },
  ],
  connections: { cut: 12, cutAtMs: 8, notJudged: { connections: 3, example: "e" } },
  policies: [
    { policy: "p", networks: ["n"], containers: ["web"], reason: "Audited", message: "m" },
    { policy: "q", networks: [], reason: "SelectsNothing", message: "" },
  ],
  observedAtMs: 9,
  appliedCuts: {
    ...{ epoch: 1, revision: 3, cut: 4, unannounced: 1, announced: true },
    first: [cutOne],
  },
};
test("says everything the status says", () => {
  expect(hostReport(status)).toEqual({
    state: "HOST_STATE_DRIFTED",
    conditions: [
      { type: "Drifted", status: true, reason: "RulesChanged", message: "m", lastTransitionMs: 5 },
    ],
    observedEpoch: 1,
    observedGeneration: 2,
    bundleDigest: "b",
    accepted: { epoch: 1, generation: 4, digest: "a" },
    revision: 3,
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
    versions: {
      agent: "1",
      docker: "2",
      iptables: "3",
      nft: "",
      backend: "iptables-nft",
      kernel: "4",
    },
    entries: [
      {
        ...{ family: "IPv4", table: "filter", chain: "DOCKER-USER", leadsTo: "SEAWALL" },
        ...{ position: 1, priority: 0 },
      },
    ],
    rulesetDigest: "d",
    drifts: [
      {
        ...{ detectedMs: 7, repairedMs: 0, family: "IPv4", what: "w", times: 2 },
        suspects: [{ atMs: 6, pid: 4711, command: "iptables", parent: "" }],
      },
    ],
    connections: { cut: 12, cutAtMs: 8, notJudged: 3 },
    policies: [
      { policy: "p", networks: ["n"], containers: ["web"], reason: "Audited", message: "m" },
      { policy: "q", networks: [], containers: [], reason: "SelectsNothing", message: "" },
    ],
    limits: [{ path: "docker-proxy", reason: "R", message: "m", advice: "a", policies: ["p"] }],
    observedAtMs: 9,
    appliedCuts: {
      ...{ epoch: 1, revision: 3, cut: 4, unannounced: 1, announced: true },
      first: [cutOne],
    },
  });
});

test("of what is in Audit only denials are told as what would be denied", () => {
  const counted = { policy: "p", rule: "r", direction: "ingress", network: "n" } as const;
  const counts = { ...counted, family: "IPv4", packets: 1, bytes: 2 } as const;
  const counters = [
    { ...counts, audited: true },
    { ...counts, audited: true, lets: true },
  ] as const;
  expect(hostReport({ ...status, counters }).counters).toEqual([
    { ...counts, audited: true },
    counts,
  ]);
});

test("the inventory is the whole view", () => {
  const [macvlan, bridged] = view.networks;
  expect(inventoryOf(view)).toEqual({
    ...view,
    awaitedPorts: [
      { protocol: "TCP", first: 8000, last: 8010, container: "late", networkIds: ["n1"] },
    ],
    networks: [
      {
        ...{ id: "i", name: "n", driver: "macvlan", bridge: "", subnets: macvlan.subnets },
        ...{ labels: { a: "b" }, internal: true, iccOff: true, routed: ["IPv6"] },
      },
      { ...bridged, iccOff: false, routed: [] },
    ],
    engine: { ...view.engine, dockerRules: ["IPv4"], bridgeNf: ["IPv6"] },
  });
});
