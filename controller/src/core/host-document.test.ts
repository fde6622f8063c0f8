import { hostDocument as schema } from "@seawall/policy";
import type { HostReport__Output } from "@seawall/proto";
import { expect, test } from "vitest";
import { hostDocument } from "./host-document.ts";
import { duplicate } from "./testing/duplicate.ts";

const identity = {
  name: "a",
  mode: "Audit",
  options: { forwardGuard: "Off" },
  labels: {},
  addresses: ["192.0.2.7/32"],
  enrolledAt: "2026-01-02T03:04:05.000Z",
} as const;

const inventory = {
  ...{ networks: [], containers: [], interfaces: [], addresses: [] },
  ...{ engine: null, management: [], ownPorts: [], awaitedPorts: [] },
};

function documentOf(
  report: Partial<HostReport__Output>,
  bundle: "current" | "pending" = "current",
) {
  return hostDocument(identity, {
    epoch: 1,
    generation: 1,
    bundleDigest: "",
    bundle,
    reportAgeMs: 0,
    everReported: true,
    report: {
      state: "HOST_STATE_IN_SYNC",
      conditions: [],
      observedEpoch: 1,
      observedGeneration: 1,
      revision: 1,
      inventory: null,
      limits: [],
      counters: [],
      versions: null,
      entries: [],
      rulesetDigest: "ab",
      bundleDigest: "",
      accepted: null,
      drifts: [],
      appliedCuts: null,
      connections: null,
      policies: [],
      observedAtMs: 0,
      ...report,
    },
  });
}

test("the spec is what token and operator said", () => {
  expect(documentOf({}).spec).toEqual({
    mode: "Audit",
    options: { forwardGuard: "Off" },
    addresses: ["192.0.2.7/32"],
  });
});

test("a quarantine is its first condition, and names both agents and what to do", () => {
  const known = { epoch: 1, generation: 1, bundleDigest: "", bundle: "current" } as const;
  const { status } = hostDocument(identity, {
    ...{ ...known, report: undefined, reportAgeMs: undefined, everReported: true },
    quarantine: duplicate,
  });
  expect(status.state).toBe("Quarantined");
  expect(status.conditions).toEqual([
    {
      ...{ type: "Quarantined", status: "True", reason: "DuplicateIdentity" },
      message:
        "two agents have its keys: one at 192.0.2.7 (seen 2026-01-02T04:00:09.000Z), another at 192.0.2.8 (seen 2026-01-02T04:00:07.000Z); nothing is given to either until somebody decides: seawall delete host a and join both anew, or, where the copy is gone for good: seawall set host a --end-quarantine",
      lastTransitionTime: "2026-01-02T04:00:09.000Z",
    },
  ]);
});

// One host's report must not keep anybody from seeing the others.
test.for([2 ** 53, -(2 ** 63), Number.NaN])("%d ms is no moment and no failure", (ms) => {
  const { status } = documentOf({
    conditions: [{ type: "T", status: true, reason: "R", message: "", lastTransitionMs: ms }],
    drifts: [{ detectedMs: ms, repairedMs: ms, family: "IPv4", what: "", times: 0, suspects: [] }],
  });
  expect(status.conditions[0]?.lastTransitionTime).toBe("");
  expect(status.drifts[0]).toMatchObject({ detectedTime: "", repairedTime: "" });
});

test("whether its next bundle is being made, of which no generation is known yet", () => {
  expect(documentOf({}, "pending").status.bundlePending).toBe(true);
  expect(documentOf({}).status).not.toHaveProperty("bundlePending");
});

test("connections that were cut", () => {
  expect(documentOf({}).status.connections).toEqual({ cut: 0, cutTime: "", notJudged: 0 });
  const connections = { cut: 3, cutAtMs: 1_000, notJudged: 2 };
  expect(documentOf({ connections }).status.connections).toEqual({
    cut: 3,
    cutTime: "1970-01-01T00:00:01.000Z",
    notJudged: 2,
  });
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
    iccOff: false,
    routed: [],
  };
  const { status } = documentOf({
    inventory: { ...inventory, networks: names.map((name) => ({ ...network, name })) },
    policies: names.map((name) => ({
      policy: `p-${name}`,
      networks: [name],
      containers: [],
      reason: "Enforced",
      message: "",
    })),
  });
  expect(status.networks.find(({ name }) => name === "n49999")?.policies).toEqual(["p-n49999"]);
});

test("the inventory, as clients can read it", () => {
  const port = { protocol: "TCP", hostAddress: "::", hostPort: 8080, containerPort: 80 };
  const proxy = { ...port, containerAddress: "172.18.0.2" };
  const document = documentOf({
    inventory: {
      networks: [
        {
          ...{ id: "n1", name: "shop", driver: "bridge", bridge: "br-1", subnets: [], labels: {} },
          ...{ internal: false, iccOff: true, routed: ["IPv6", "IPv9"] },
        },
      ],
      containers: [
        {
          ...{ id: "c1", name: "web", labels: { a: "b" }, hostNetwork: false },
          attachments: [{ networkId: "n1", addresses: ["172.18.0.2"] }],
          published: [port, { ...port, protocol: "carrier pigeon" }, { ...port, hostPort: 65_536 }],
        },
      ],
      interfaces: ["eth0"],
      addresses: ["192.0.2.11"],
      engine: {
        ...{ version: "29.7.2", swarm: true, dockerRules: ["IPv4"], bridgeNf: ["none"] },
        firewall: "nftables",
        proxies: [proxy, { ...proxy, protocol: "" }],
      },
      management: [
        { address: "192.0.2.11", port: 7422, container: "nats" },
        { address: "192.0.2.11", port: 65_536, container: "nats" },
      ],
      awaitedPorts: [
        { protocol: "TCP", first: 8080, last: 8081, container: "web", networkIds: ["n"] },
        { protocol: "SCTP", first: 8080, last: 8080, container: "web", networkIds: ["n"] },
        { protocol: "TCP", first: 1, last: 65_536, container: "web", networkIds: ["n"] },
      ],
      ownPorts: [
        { protocol: "TCP", port: 8080 },
        { protocol: "SCTP", port: 8080 },
        { protocol: "UDP", port: 65_536 },
      ],
    },
    limits: [{ path: "p", reason: "R", message: "m", advice: "a", policies: ["x"] }],
  });
  expect(schema.parse(document)).toEqual(document);
  expect(document.status).toMatchObject({
    networks: [{ name: "shop", icc: false, routed: ["IPv6"] }],
    containers: [
      {
        ...{ id: "c1", name: "web", labels: { a: "b" }, hostNetwork: false },
        attachments: [{ network: "n1", addresses: ["172.18.0.2"] }],
        published: [port],
      },
    ],
    interfaces: ["eth0"],
    addresses: ["192.0.2.11"],
    engine: {
      ...{ version: "29.7.2", swarm: true, dockerRules: ["IPv4"], bridgeNf: [], proxies: [proxy] },
      firewall: "nftables",
    },
    management: [{ address: "192.0.2.11", port: 7422, container: "nats" }],
    ownPorts: [{ protocol: "TCP", port: 8080 }],
    awaitedPorts: [{ protocol: "TCP", first: 8080, last: 8081, container: "web", networks: ["n"] }],
    limits: [{ path: "p", reason: "R", message: "m", advice: "a", policies: ["x"] }],
  });
});
