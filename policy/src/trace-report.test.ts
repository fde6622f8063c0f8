import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import { factsOfHost } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { parseTrace } from "./trace-question.ts";
import { type TracedHost, type TraceReport, traceReport } from "./trace-report.ts";

const { resources } = parseManifests([
  {
    name: "p.yaml",
    content: `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: db}
spec:
  hostSelector: {matchLabels: {env: prod}}
  networkSelector: {names: [db]}
  ingress: {defaultAction: Deny}
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: routers}
spec:
  hostSelector: {matchLabels: {env: router}}
  interfaces: [eth1]
  ingress: {defaultAction: Deny}
`,
  },
]);
const tree = resources.map(({ resource }) => resource);

function host(
  name: string,
  env: string,
  address: string,
  more: Partial<TracedHost> = {},
): TracedHost {
  const facts = factsOfHost({
    metadata: { name, labels: { env } },
    status: {
      networks: [{ name: "db", bridge: `br-${name}`, subnets: [] }],
      containers: [
        {
          name: address === "" ? "other" : "mysql",
          attachments: [{ network: "db", addresses: [address] }],
          published: [{ hostPort: 3306, containerPort: 3306 }],
        },
      ],
      interfaces: ["eth0", "eth1"],
      engine: { version: "28.5.2" },
    },
  });
  const counter = {
    ...{ policy: "db", rule: "default", direction: "ingress", network: "db", family: "IPv4" },
    ...{ packets: 2, bytes: 100, audited: false, guard: false },
  };
  const desired = compile(tree, [], facts);
  return { facts, desired, counters: [counter], state: "InSync", message: "", ...more };
}

function report(...hosts: TracedHost[]): TraceReport {
  return reportOn("192.0.2.1", "mysql:3306", hosts);
}

function reportOn(source: string, destination: string, hosts: readonly TracedHost[]) {
  const parsed = parseTrace(source, destination, "TCP");
  if (!parsed.ok) throw new Error(parsed.message);
  return traceReport(parsed.question, hosts, tree, []);
}

test("hosts with one answer are one group, whatever their addresses", () => {
  const { allowed, groups, elsewhere } = report(
    host("d", "dev", "10.0.0.4"),
    host("a", "prod", "10.0.0.1"),
    host("b", "prod", "10.0.0.2", { state: "Drifted", message: "a rule is missing" }),
    host("e", "prod", ""),
  );
  expect(allowed).toBe(false);
  expect(groups.map(({ hosts, paths }) => [hosts, paths.map(({ outcome }) => outcome)])).toEqual([
    [
      [
        { name: "a", state: "InSync", message: "" },
        { name: "b", state: "Drifted", message: "a rule is missing" },
      ],
      ["Denied"],
    ],
    [[{ name: "d", state: "InSync", message: "" }], ["Allowed"]],
  ]);
  expect(groups[0]?.paths[0]).toMatchObject({
    counter: { packets: 4, bytes: 200 },
    destination: { container: "mysql", network: "db", port: 3306 },
    change: { possible: true, wanted: "Allow", edits: [{ policy: "db", position: 0 }] },
  });
  expect(elsewhere).toEqual([
    { hosts: ["e"], reason: 'no running container and no network is called "mysql"' },
  ]);
});

test.for([
  ["a host that lets it through", [host("d", "dev", "10.0.0.4")], true],
  ["one that is not in sync", [host("d", "dev", "10.0.0.4", { state: "Stale" })], false],
  ["one that denies", [host("a", "prod", "10.0.0.4")], false],
  ["no host", [], false],
] as const)("allowed: %s: %s", ([, hosts, allowed]) => {
  expect(report(...hosts).allowed).toBe(allowed);
});

test.for([
  ["where nobody has an end", "192.0.2.1", "192.0.2.2:80", ["r", "s"]],
  ["where a host has one", "192.0.2.1", "10.0.0.1:3306", ["a"]],
  ["where an interface is named", "192.0.2.1%eth0", "10.0.0.1:3306", ["r", "s", "a"]],
] as const)(
  "who could forward it between interfaces is asked %s",
  ([, source, destination, asked]) => {
    const { groups, elsewhere } = reportOn(source, destination, [
      host("r", "router", "10.0.0.7"),
      host("s", "router", "10.0.0.8"),
      host("a", "prod", "10.0.0.1"),
    ]);
    expect(groups.flatMap(({ hosts }) => hosts.map(({ name }) => name))).toEqual(asked);
    expect(elsewhere.flatMap(({ hosts }) => hosts)).toEqual(
      ["r", "s", "a"].filter((name) => !asked.some((one) => one === name)),
    );
  },
);
