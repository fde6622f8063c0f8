import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import { type ExposedPort, exposureOf } from "./exposure.ts";
import { factsOfHost } from "./facts.ts";
import type { ChosenHostOptions } from "./host-options.ts";
import type { ManagementBinding } from "./host-view.ts";
import { parseManifests } from "./parse-manifests.ts";

const status = {
  networks: [
    { name: "web", subnets: ["10.1.0.0/16"] },
    { name: "db", subnets: ["10.2.0.0/16", "2001:db8:2::/64"] },
    { name: "six", subnets: ["10.3.0.0/16", "2001:db8:3::/64"], routed: ["IPv6" as const] },
  ],
  containers: [
    {
      name: "web-1",
      attachments: [{ network: "web", addresses: ["10.1.0.2"] }],
      published: [
        { hostPort: 80, containerPort: 8080 },
        { hostPort: 80, containerPort: 8080, hostAddress: "::" },
        { hostPort: 9000, containerPort: 9000, hostAddress: "127.0.0.1" },
      ],
    },
    {
      name: "mysql-1",
      attachments: [{ network: "db", addresses: ["10.2.0.2", "2001:db8:2::2"] }],
      published: [
        { hostPort: 3306, containerPort: 3306 },
        { hostPort: 3306, containerPort: 3306, hostAddress: "::" },
        { hostPort: 9906, containerPort: 9906 },
      ],
    },
    {
      name: "both",
      attachments: [
        { network: "db", addresses: ["10.2.0.3"] },
        { network: "web", addresses: ["10.1.0.3"] },
      ],
      published: [{ hostPort: 7000, containerPort: 7000 }],
    },
    {
      name: "six-1",
      attachments: [{ network: "six", addresses: ["10.3.0.2", "2001:db8:3::2"] }],
      published: [{ hostPort: 443, containerPort: 443, hostAddress: "::" }],
    },
    { name: "exporter", hostNetwork: true },
  ],
  engine: {
    version: "28.5.2",
    proxies: [
      {
        protocol: "TCP" as const,
        hostAddress: "::",
        hostPort: 80,
        containerAddress: "10.1.0.2",
        containerPort: 8080,
      },
    ],
  },
};

const policies = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: db}
spec:
  networkSelector: {names: [db]}
  ingress:
    defaultAction: Deny
    rules:
      - {name: office, action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.0/25]}}, {ipBlock: {cidr: "2001:db8:7::/48"}}], ports: [{port: 3306}]}
      - {name: seven, action: Allow, ports: [{publishedPort: 7000}]}
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: guard}
spec:
  tier: Guardrail
  networkSelector: {names: [web, db]}
  ingress:
    rules:
      - {name: bad, action: Deny, from: [{ipBlock: {cidr: 128.0.0.0/1}}], ports: [{port: 7000}]}
`;

function exposure(
  content: string,
  mode: "Enforce" | "Audit" = "Enforce",
  engine = status.engine,
  options: ChosenHostOptions = {},
  management: readonly ManagementBinding[] = [],
) {
  const { resources, issues } = parseManifests([{ name: "p", content }]);
  expect(issues).toEqual([]);
  const { view } = factsOfHost({ metadata: { name: "a" }, status: { ...status, engine } });
  const host = { ...view, management };
  const tree = resources.map(({ resource }) => resource);
  return exposureOf(compile(tree, [], { name: "a", labels: {}, mode, options }), host).map(line);
}

function line(exposed: ExposedPort): string {
  const { container, port, from, cidrs, policies: by, ungoverned, closed } = exposed;
  return [
    container,
    port === undefined
      ? "-"
      : `${port.address} ${String(port.number)}>${String(port.containerPort)}`,
    from,
    cidrs.join() || "-",
    by.join() || "-",
    ungoverned?.reason ?? closed ?? "",
  ]
    .join(" ")
    .trimEnd();
}

const loopback = "it is published on the host's loopback address only";

test("every published port, worst first", () => {
  expect(exposure(policies)).toEqual([
    "six-1 2001:db8:3::2 443>443 Anywhere - -",
    "web-1 0.0.0.0 80>8080 Anywhere - guard",
    "web-1 :: 80>8080 Anywhere - guard",
    "exporter - Unknown - - HostNetworkContainer",
    "both 0.0.0.0 7000>7000 Some 0.0.0.0/1 db,guard",
    "mysql-1 0.0.0.0 3306>3306 Some 198.51.100.128/25 db,guard",
    "mysql-1 :: 3306>3306 Some 2001:db8:7::/48 db,guard",
    "mysql-1 0.0.0.0 9906>9906 Nowhere - db,guard",
    `web-1 127.0.0.1 9000>9000 Nowhere - - ${loopback}`,
  ]);
});

test.for([
  ["20.10.24", "web-1 10.1.0.2 9000>9000 Anywhere - guard"],
  ["27.5.1", "web-1 10.1.0.2 9000>9000 Anywhere - guard"],
  ["", "web-1 10.1.0.2 9000>9000 Anywhere - guard"],
  ["28.0.0", `web-1 127.0.0.1 9000>9000 Nowhere - - ${loopback}`],
])("a port of the loopback address, as neighbours reach it on engine %s", ([version, expected]) => {
  const found = exposure(policies, "Enforce", { ...status.engine, version: version ?? "" });
  expect(found.filter((one) => one.includes(" 9000>9000 "))).toEqual([expected]);
});

test("what Swarm publishes is not known port by port, and is told", () => {
  const networks = [
    ...status.networks,
    { name: "docker_gwbridge" },
    { name: "ingress", driver: "overlay" },
  ];
  const engine = { ...status.engine, swarm: true };
  const { view } = factsOfHost({ metadata: { name: "a" }, status: { engine, networks } });
  expect(exposureOf({ policies: [] }, view).map(line)).toEqual([
    "(services of the Swarm) - Unknown - - SwarmIngress",
  ]);
  const alone = factsOfHost({ metadata: { name: "a" }, status: { networks } });
  expect(exposureOf({ policies: [] }, alone.view)).toEqual([]);
});

const elsewhere = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: elsewhere}
spec: {networkSelector: {names: [elsewhere]}, ingress: {defaultAction: Deny}}
`;

test("nothing is closed without policies, nor by a host in Audit", () => {
  const open = [
    "web-1 :: 80>8080 Anywhere - -",
    "both 0.0.0.0 7000>7000 Anywhere - -",
    "mysql-1 0.0.0.0 3306>3306 Anywhere - -",
    "mysql-1 :: 3306>3306 Anywhere - -",
    "mysql-1 0.0.0.0 9906>9906 Anywhere - -",
    "six-1 2001:db8:3::2 443>443 Anywhere - -",
    "web-1 0.0.0.0 80>8080 Anywhere - -",
    "exporter - Unknown - - HostNetworkContainer",
    `web-1 127.0.0.1 9000>9000 Nowhere - - ${loopback}`,
  ];
  expect(exposure(elsewhere).toSorted()).toEqual(open.toSorted());
  expect(exposure(policies, "Audit").toSorted()).toEqual(open.toSorted());
});

test("where the guard of published ports is off, docker-proxy is open to everybody", () => {
  expect(exposure(policies, "Enforce", status.engine, { inputGuard: "Off" })[0]).toBe(
    "web-1 :: 80>8080 Anywhere - - ClientsThroughProxy",
  );
});

test("where agents reach the controller, everybody does", () => {
  const management = [
    { address: "192.0.2.10", port: 3306, container: "mysql-1" },
    { address: "2001:db8::10", port: 80, container: "web-1" },
  ];
  const lines = exposure(policies, "Enforce", status.engine, {}, management);
  expect(lines).toContain("mysql-1 0.0.0.0 3306>3306 Anywhere - - NeverDenied");
  expect(lines).toContain("web-1 :: 80>8080 Anywhere - - NeverDenied");
  expect(lines).toContain("mysql-1 :: 3306>3306 Some 2001:db8:7::/48 db,guard");
  const off = exposure(policies, "Enforce", status.engine, { managementGuard: "Off" }, management);
  expect(off).toContain("mysql-1 0.0.0.0 3306>3306 Some 198.51.100.128/25 db,guard");
});

test("where the engine is not known, docker-proxy is taken to be there", () => {
  const unknown = { version: "", proxies: [] };
  expect(exposure(policies, "Enforce", unknown)).toContain("web-1 :: 80>8080 Anywhere - guard");
  expect(exposure(policies, "Enforce", unknown, { inputGuard: "Off" })).toContain(
    "web-1 :: 80>8080 Anywhere - - ClientsThroughProxy",
  );
  expect(exposure(policies, "Enforce", { version: "28.5.2", proxies: [] })).toContain(
    "web-1 :: 80>8080 Nowhere - - nothing on the host takes it in IPv6",
  );
});
