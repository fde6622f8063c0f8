import { exposureDocument, traceDocument } from "@seawall/policy";
import type { HostReport__Output } from "@seawall/proto";
import { beforeEach, expect, test } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { namesAppHosts, policyTree } from "../testing/policy-tree.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { exposure } from "./exposure.ts";
import { trace } from "./trace.ts";

const report: HostReport__Output = {
  state: "HOST_STATE_IN_SYNC",
  conditions: [],
  observedEpoch: 1,
  observedGeneration: 1,
  revision: 1,
  inventory: {
    networks: [
      {
        ...{ id: "n1", name: "db", driver: "bridge", bridge: "br-db", subnets: ["10.1.0.0/16"] },
        ...{ labels: {}, internal: false, iccOff: false, routed: [] },
      },
    ],
    containers: [
      {
        ...{ id: "c1", name: "mysql", labels: {}, hostNetwork: false },
        attachments: [{ networkId: "n1", addresses: ["10.1.0.2"] }],
        published: [
          { protocol: "TCP", hostAddress: "0.0.0.0", hostPort: 13306, containerPort: 3306 },
        ],
      },
    ],
    interfaces: ["eth0", "br-db"],
    addresses: ["192.0.2.11"],
    engine: {
      version: "28.5.2",
      swarm: false,
      firewall: "iptables",
      dockerRules: ["IPv4", "IPv6"],
      bridgeNf: ["IPv4", "IPv6"],
      proxies: [],
    },
    management: [],
    ownPorts: [],
    awaitedPorts: [],
  },
  limits: [],
  counters: [
    {
      ...{ policy: "db", rule: "default", direction: "ingress", network: "db", family: "IPv4" },
      ...{ packets: 7, bytes: 420, audited: false, guard: false },
    },
  ],
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
const answers: ObserveOutcome = { ok: true, report };
const silent: ObserveOutcome = { ok: false, reason: "NotConnected", message: "it is away" };

let fleet: MemoryFleet;

beforeEach(() => {
  fleet = new MemoryFleet([enrolledHost("a", { env: "prod" }), enrolledHost("b")]);
  const known = { generation: 1, bundleDigest: "cd", bundle: "current", report, reportAgeMs: 1 };
  fleet.known.set("a", { ...known, bundle: "current" });
  fleet.known.set("b", { ...known, bundle: "current" });
  fleet.push(
    policyTree({
      db: "{hostSelector: {matchLabels: {env: prod}}, ingress: {defaultAction: Deny}}",
    }),
  );
});

async function traced(
  destination: string,
  { host = "", observe = answers }: { host?: string; observe?: ObserveOutcome } = {},
) {
  const request = { source: "192.0.2.1", destination, protocol: "TCP", host };
  const { document } = await trace(request, fleet, () => Promise.resolve(observe));
  return traceDocument.parse(JSON.parse(document ?? ""));
}

async function exposed(selector = "", observe = answers) {
  const { document } = await exposure({ selector, host: "" }, fleet, () =>
    Promise.resolve(observe),
  );
  return exposureDocument.parse(JSON.parse(document ?? ""));
}

test("each host answers for itself, with its live counter", async () => {
  const { allowed, groups } = await traced("mysql:3306");
  expect(allowed).toBe(false);
  expect(
    groups.map(({ hosts, paths }) => [
      hosts.map(({ name }) => name),
      paths.map(({ outcome, counter }) => [outcome, counter?.packets]),
    ]),
  ).toEqual([
    [["a"], [["Denied", 7]]],
    [["b"], [["Allowed", undefined]]],
  ]);
  expect(await traced("mysql:3306", { host: "b" })).toMatchObject({ allowed: true });
});

test("a host that does not answer is not sure, one that never reported is not known", async () => {
  fleet.enrolled.set("c", enrolledHost("c"));
  const { allowed, groups, elsewhere } = await traced("mysql:3306", { observe: silent });
  expect(allowed).toBe(false);
  expect(groups[1]?.hosts).toEqual([
    {
      ...{ name: "b", state: "Stale" },
      message: "it did not answer now (it is away); this is from its last report",
    },
  ]);
  expect(elsewhere).toEqual([
    { hosts: ["c"], reason: "joined, but its agent has not reported yet" },
  ]);
});

test.for([
  [{ host: "nobody" }, "mysql:3306", 'host "nobody" not found'],
  [{}, "mysql", '"mysql" has no port: write it as DST:PORT, like db:3306'],
] as const)("refused: %j %s", async ([options, destination, message]) => {
  await expect(traced(destination, options)).rejects.toThrow(message);
});

test("what the policies mean is not known while a host that they may name is not believed", async () => {
  fleet.push(policyTree({ app: namesAppHosts }));
  expect(await traced("mysql:3306")).toMatchObject({ allowed: true });
  fleet.unbelieved = [{ name: "x", reason: "Missing", message: "it is gone" }];
  await expect(traced("mysql:3306")).rejects.toThrow("is not believed");
});

test("published ports of the selected hosts, worst first", async () => {
  const all = await exposed();
  expect(all.items.map(({ host, from, policies }) => [host, from, policies])).toEqual([
    ["b", "Anywhere", []],
    ["a", "Nowhere", ["db"]],
  ]);
  expect((await exposed("env=prod")).items.map(({ host }) => host)).toEqual(["a"]);
  fleet.unbelieved = [{ name: "x", reason: "Missing", message: "it is gone" }];
  expect(await exposed("env=prod", silent)).toMatchObject({
    hosts: [{ name: "a", state: "Stale" }],
    unknown: [{ host: "x", reason: "it is gone" }],
  });
});
