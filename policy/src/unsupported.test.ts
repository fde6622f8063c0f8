import { expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";
import { unsupportedIssues } from "./unsupported.ts";

function issuesOf(kind: string, spec: string): readonly string[] {
  const { resources, issues } = parseManifests([
    {
      name: "p.yaml",
      content: `apiVersion: seawall/v1\nkind: ${kind}\nmetadata: {name: a}\nspec:\n  ${spec}\n`,
    },
  ]);
  expect(issues).toEqual([]);
  return resources
    .flatMap(unsupportedIssues)
    .map(
      ({ place, path, message }) =>
        `${String(place?.line)}:${String(place?.column)} ${path}: ${message}`,
    );
}

const suffix = "is valid but not enforced yet by this version; remove it";

test.for([
  ["mode: Audit\n  ingress: {}", `5:9 spec.mode: mode Audit ${suffix}`],
  [
    "ingress: {}\n  containerSelector: {names: [a]}",
    `6:22 spec.containerSelector: containerSelector ${suffix}`,
  ],
  ["ingress: {}\n  interfaces: [eth1]", `6:15 spec.interfaces: interfaces ${suffix}`],
  [
    "ingress: {rules: [{action: Deny}, {action: Deny, log: true}]}",
    `5:57 spec.ingress.rules[1].log: log ${suffix}`,
  ],
  [
    "ingress: {rules: [{action: Deny, from: [{hostSelector: {}}]}]}",
    `5:58 spec.ingress.rules[0].from[0].hostSelector: hostSelector as a peer ${suffix}`,
  ],
  [
    "ingress: {rules: [{action: Deny, from: [{addressGroup: a}, {containerSelector: {}}]}]}",
    `5:82 spec.ingress.rules[0].from[1].containerSelector: containerSelector as a peer ${suffix}`,
  ],
  ["egress: {host: true}", `5:18 spec.egress.host: egress.host ${suffix}`],
  [
    "internal: {defaultAction: Deny}",
    `5:29 spec.internal.defaultAction: internal.defaultAction ${suffix}`,
  ],
  ["internal: {rules: [{action: Allow}]}", `5:21 spec.internal.rules: internal.rules ${suffix}`],
])("%j", ([spec, line]) => {
  expect(issuesOf("FleetPolicy", spec ?? "")).toEqual([line]);
});

test("RolloutStrategy", () => {
  expect(issuesOf("RolloutStrategy", "failureBudget: 0")).toEqual([
    `2:7 kind: RolloutStrategy ${suffix}`,
  ]);
});

test("everything at once", () => {
  expect(
    issuesOf(
      "FleetPolicy",
      "mode: Audit\n  egress: {host: true, rules: [{action: Pass, log: true, to: [{hostSelector: {}}]}]}",
    ),
  ).toHaveLength(4);
});

test.for([
  "tests: [{from: 10.0.0.1, to: {network: a}, expect: Deny}]",
  "mode: Enforce\n  internal: {defaultAction: Allow}",
  "internal: {}",
  "ingress: {rules: [{action: Pass}]}",
  "egress: {rules: [{action: Deny, to: [{networkSelector: {}}]}]}",
  "egress: {host: false, rules: [{action: Reject, log: false}]}",
  `tier: Baseline
  priority: 1
  hostSelector: {matchLabels: {a: b}}
  networkSelector: {names: ["a*"], matchLabels: {a: b}}
  ingress:
    defaultAction: Reject
    rules:
      - {action: Deny, from: [{addressGroup: a}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}
      - {action: Reject, ports: [{publishedPort: 80, endPort: 90}, {protocol: UDP, port: 1, endPort: 2}, {protocol: ICMP}]}`,
])("enforced: %j", (spec) => {
  expect(issuesOf("FleetPolicy", spec)).toEqual([]);
});

test("an AddressGroup is enforced, empty or not", () => {
  expect(issuesOf("AddressGroup", "cidrs: []")).toEqual([]);
});
