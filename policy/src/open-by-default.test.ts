import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import type { ChosenHostOptions } from "./host-options.ts";
import type { HostView } from "./host-view.ts";
import { publishedReachOf } from "./open-by-default.ts";
import { parseManifests } from "./parse-manifests.ts";
import { container, host, network } from "./testing/judged-host.ts";

const view = host(
  [network("shop", { subnets: ["10.1.0.0/16"] })],
  [container("mysql", { shop: ["10.1.0.2"] }, "3306:3306")],
);

function reachOf(spec: string, on: HostView = view, options: ChosenHostOptions = {}) {
  const content = `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p}\nspec: ${spec}\n`;
  const { resources } = parseManifests([{ name: "p.yaml", content }]);
  const tree = resources.map(({ resource }) => resource);
  const desired = compile(tree, [], { name: "h", labels: {}, mode: "Enforce", options });
  return publishedReachOf(desired, on).map(({ openByDefault }) => openByDefault);
}

test.for<{ name: string; spec: string; is: "yes" | "no" }>([
  { name: "no policy speaks of it", spec: "{egress: {defaultAction: Deny}}", is: "yes" },
  { name: "denied", spec: "{ingress: {defaultAction: Deny}}", is: "no" },
  {
    name: "open to anywhere, and a rule says so",
    spec: "{ingress: {defaultAction: Deny, rules: [{action: Allow, ports: [{port: 3306}]}]}}",
    is: "no",
  },
  {
    name: "a rule says so, and the default would too",
    spec: "{ingress: {rules: [{action: Allow, ports: [{port: 3306}]}]}}",
    is: "no",
  },
  {
    name: "a rule opens another port",
    spec: "{ingress: {rules: [{action: Allow, ports: [{port: 80}]}]}}",
    is: "yes",
  },
  {
    name: "denied to somebody, and open to the rest of the world",
    spec: "{ingress: {rules: [{action: Deny, from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}}",
    is: "yes",
  },
  {
    name: "open by default to neighbours alone",
    spec: "{ingress: {rules: [{action: Deny, from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}}",
    is: "no",
  },
  {
    name: "a policy in Audit denies it",
    spec: "{mode: Audit, ingress: {defaultAction: Deny}}",
    is: "yes",
  },
])("a published port is open by default: $name → $is", ({ spec, is }) => {
  expect(reachOf(spec)).toEqual([is]);
});

const denied = "{ingress: {defaultAction: Deny}}";

test("a port that no policy governs is open by default, whatever they say", () => {
  const proxies = [
    {
      ...{ protocol: "TCP" as const, hostAddress: "::", hostPort: 3306 },
      ...{ containerAddress: "10.1.0.2", containerPort: 3306 },
    },
  ];
  const published = view.containers.map((one) => ({
    ...one,
    published: one.published.map((port) => ({ ...port, hostAddress: "::" })),
  }));
  const proxied = { ...view, containers: published, engine: { ...view.engine, proxies } };
  expect(reachOf(denied, proxied)).toEqual(["no"]);
  expect(reachOf(denied, proxied, { inputGuard: "Off" })).toEqual(["yes"]);
});

test("what the management guard keeps open is meant to be", () => {
  const management = [{ address: "192.0.2.1", port: 3306, container: "mysql" }];
  expect(reachOf(denied, { ...view, addresses: ["192.0.2.1"], management })).toEqual(["no"]);
});

test("which ports a container in the host's network opens is not known", () => {
  const exporter = { ...container("exporter", {}), hostNetwork: true };
  expect(reachOf(denied, { ...view, containers: [exporter] })).toEqual(["unknown"]);
});
