import { expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";
import { unsupportedIssues } from "./unsupported.ts";

function issuesOf(kind: string, spec: string, name = "a"): readonly string[] {
  const { resources, issues } = parseManifests([
    {
      name: "p.yaml",
      content: `apiVersion: seawall/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  ${spec}\n`,
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

test("there is one RolloutStrategy, the default", () => {
  expect(issuesOf("RolloutStrategy", "failureBudget: 0")).toEqual([
    `3:18 metadata.name: a RolloutStrategy that is not called default ${suffix}`,
  ]);
  expect(issuesOf("RolloutStrategy", "failureBudget: 0", "default")).toEqual([]);
});

test.for([
  "tests: [{from: 10.0.0.1, to: {network: a}, expect: Deny}]",
  "mode: Enforce\n  internal: {defaultAction: Allow}",
  "internal: {defaultAction: Deny, rules: [{action: Allow, from: [{containerSelector: {}}]}]}",
  "mode: Audit\n  ingress: {}",
  "ingress: {}\n  containerSelector: {names: [a]}",
  "egress: {}\n  interfaces: [eth1]",
  "ingress: {rules: [{action: Deny, log: true, from: [{hostSelector: {}}]}]}",
  "egress: {host: true}",
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
