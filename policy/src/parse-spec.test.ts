import { describe, expect, test } from "vitest";
import { parseManifests } from "./parse-manifests.ts";

function issuesOf(content: string): readonly string[] {
  return parseManifests([{ name: "p.yaml", content }]).issues.map(
    ({ place, path, message }) =>
      `p.yaml:${String(place?.line)}:${String(place?.column)} ${path}: ${message}`,
  );
}

/** Each row: what stands behind `spec:` in line 4, and all that is said about it. */
function policy(spec: string): string {
  return `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: a}\nspec: ${spec}\n`;
}

describe("spec", () => {
  test.for([
    ["", "p.yaml:4:1 spec: must be a mapping, got nothing: fill it in, or remove the field"],
    ["text", 'p.yaml:4:7 spec: must be a mapping, got "text"'],
    ["{}", "p.yaml:4:7 spec: says nothing: give at least one of ingress, egress and internal"],
    [
      "{priority: 1}",
      "p.yaml:4:7 spec: says nothing: give at least one of ingress, egress and internal",
    ],
    ["{ingres: {}}", 'p.yaml:4:8 spec.ingres: unknown field; did you mean "ingress"?'],
    [
      "{ingress: {}, wibble: 1}",
      "p.yaml:4:21 spec.wibble: unknown field; known here: tier, priority, mode, hostSelector, networkSelector, containerSelector, interfaces, ingress, egress, internal, tests",
    ],
    [
      "{ingress: {}, __proto__: 1}",
      "p.yaml:4:21 spec: has a field name that is not text: quote it",
    ],
    [
      "{ingress: }",
      "p.yaml:4:8 spec.ingress: must be a mapping, got nothing: fill it in, or remove the field",
    ],
    [
      "{ingress: {}, tier: standard}",
      'p.yaml:4:27 spec.tier: must be one of Guardrail, Standard, Baseline, got "standard"; did you mean "Standard"?',
    ],
    ["{ingress: {}, priority: 1001}", "p.yaml:4:31 spec.priority: must be at most 1000, got 1001"],
    ["{ingress: {}, priority: -1}", "p.yaml:4:31 spec.priority: must be at least 0, got -1"],
    ["{ingress: {}, priority: 1.5}", "p.yaml:4:31 spec.priority: must be a whole number, got 1.5"],
    ["{ingress: {}, priority: .nan}", "p.yaml:4:31 spec.priority: must be a number, got NaN"],
    [
      '{ingress: {}, priority: "500"}',
      'p.yaml:4:31 spec.priority: must be a number, got "500"; remove the quotes',
    ],
    [
      "{ingress: {}, mode: audit}",
      'p.yaml:4:27 spec.mode: must be one of Enforce, Audit, got "audit"; did you mean "Audit"?',
    ],
    [
      "{ingress: {defaultAction: Pass}}",
      'p.yaml:4:33 spec.ingress.defaultAction: must be one of Allow, Deny, Reject, got "Pass"',
    ],
    [
      "{ingress: {host: true}}",
      "p.yaml:4:18 spec.ingress.host: unknown field here: only egress has it",
    ],
    [
      '{egress: {host: "true"}}',
      'p.yaml:4:23 spec.egress.host: must be true or false, got "true"; remove the quotes',
    ],
    ["{egress: {host: yes}}", 'p.yaml:4:23 spec.egress.host: must be true or false, got "yes"'],
    [
      "{ingress: {}, interfaces: [eth1], networkSelector: {}}",
      "p.yaml:4:33 spec.interfaces: stands in place of networkSelector and containerSelector: remove it or those",
    ],
    [
      "{ingress: {}, interfaces: [eth1/0]}",
      "p.yaml:4:34 spec.interfaces[0]: is not the name of a network interface",
    ],
    [
      "{ingress: {}, interfaces: [-j]}",
      "p.yaml:4:34 spec.interfaces[0]: is not the name of a network interface",
    ],
    [
      "{tests: [{from: 203.0.113, to: {network: a}, expect: Deny}]}",
      'p.yaml:4:23 spec.tests[0].from: "203.0.113" is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons',
    ],
  ])("%s", ([spec, line]) => {
    expect(issuesOf(policy(spec ?? ""))).toEqual([line]);
  });
});

describe("metadata", () => {
  const nameRule =
    "1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit";
  test.for([
    ["{}", "p.yaml:3:11 metadata.name: is required: text"],
    ["{name: Protect}", `p.yaml:3:18 metadata.name: "Protect" is not a name: ${nameRule}`],
    ["{name: -a}", `p.yaml:3:18 metadata.name: "-a" is not a name: ${nameRule}`],
    ["{name: a.b}", `p.yaml:3:18 metadata.name: "a.b" is not a name: ${nameRule}`],
    [
      `{name: ${"a".repeat(64)}}`,
      `p.yaml:3:18 metadata.name: "${"a".repeat(64)}" is not a name: ${nameRule}`,
    ],
    ["{name: 1}", "p.yaml:3:18 metadata.name: must be text, got 1; quote it"],
    [
      "{name: a, namespace: b}",
      "p.yaml:3:21 metadata.namespace: unknown field here: there are no namespaces; remove it",
    ],
    [
      "{name: a, labels: {a: true}}",
      "p.yaml:3:33 metadata.labels.a: must be text, got true; quote it",
    ],
    [
      "{name: a, labels: {a: b c}}",
      `p.yaml:3:33 metadata.labels.a: "b c" is not a label value: at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit`,
    ],
    [
      "{name: a, labels: {a/b/c: d}}",
      `p.yaml:3:30 metadata.labels["a/b/c"]: "a/b/c" is not a label key: 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, after an optional DNS name and '/'`,
    ],
    [
      "{name: a, annotations: {a: [b]}}",
      "p.yaml:3:38 metadata.annotations.a: must be text, got a list",
    ],
  ])("%s", ([metadata, line]) => {
    expect(issuesOf(policy("{ingress: {}}").replace("{name: a}", metadata ?? ""))).toEqual([line]);
  });
});

describe("selectors", () => {
  const at = "p.yaml:4:";
  test.for([
    [
      "hostSelector: {matchLabel: {a: b}}",
      `${at}36 spec.hostSelector.matchLabel: unknown field; did you mean "matchLabels"?`,
    ],
    [
      "hostSelector: {names: [a]}",
      `${at}36 spec.hostSelector.names: unknown field; known here: matchLabels, matchExpressions`,
    ],
    [
      "hostSelector:",
      `${at}21 spec.hostSelector: must be a mapping, got nothing: fill it in, or remove the field`,
    ],
    [
      "hostSelector: {matchExpressions: []}",
      `${at}54 spec.hostSelector.matchExpressions: must not be an empty list: remove the field, or fill the list`,
    ],
    [
      "hostSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}",
      `${at}74 spec.hostSelector.matchExpressions[0].operator: must be one of In, NotIn, Exists, DoesNotExist, got "in"; did you mean "In"?`,
    ],
    [
      "hostSelector: {matchExpressions: [{key: a}]}",
      `${at}55 spec.hostSelector.matchExpressions[0].operator: is required: one of In, NotIn, Exists, DoesNotExist`,
    ],
    [
      "hostSelector: {matchExpressions: [{key: a, operator: In}]}",
      `${at}55 spec.hostSelector.matchExpressions[0].values: is required: a list`,
    ],
    [
      "hostSelector: {matchExpressions: [{key: a, operator: In, values: []}]}",
      `${at}86 spec.hostSelector.matchExpressions[0].values: must not be an empty list: remove the field, or fill the list`,
    ],
    [
      "hostSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
      `${at}82 spec.hostSelector.matchExpressions[0].values: unknown field here: Exists and DoesNotExist take none; remove it`,
    ],
    [
      "networkSelector: {names: []}",
      `${at}46 spec.networkSelector.names: must not be an empty list: remove the field, or fill the list`,
    ],
    [
      "networkSelector: {names: shop}",
      `${at}46 spec.networkSelector.names: must be a list, got "shop"`,
    ],
    [
      'networkSelector: {names: [" shop"]}',
      `${at}47 spec.networkSelector.names[0]: " shop" is not a name or a pattern with *: 1 to 255 printable characters on one line`,
    ],
    [
      'networkSelector: {matchLabels: {a: "b\\nc"}}',
      `${at}56 spec.networkSelector.matchLabels.a: must be one line without control characters`,
    ],
    [
      "networkSelector: {matchLabels: {com.example/a: 1}}",
      `${at}68 spec.networkSelector.matchLabels["com.example/a"]: must be text, got 1; quote it`,
    ],
  ])("%s", ([selector, line]) => {
    expect(issuesOf(policy(`{ingress: {}, ${selector ?? ""}}`))).toEqual([line]);
  });
});

describe("the other kinds", () => {
  test.for([
    ["AddressGroup", "{}", "p.yaml:4:7 spec.cidrs: is required: a list"],
    [
      "AddressGroup",
      "{cidrs: [10.0.0.0/33]}",
      'p.yaml:4:16 spec.cidrs[0]: "10.0.0.0/33" has no valid prefix length: an IPv4 prefix is a number from 0 to 32',
    ],
    ["AddressGroup", "{cidrs: [1]}", "p.yaml:4:16 spec.cidrs[0]: must be text, got 1; quote it"],
    [
      "RolloutStrategy",
      "{waves: []}",
      "p.yaml:4:15 spec.waves: must not be an empty list: remove the field, or fill the list",
    ],
    [
      "RolloutStrategy",
      "{waves: [{name: a, hostSelector: {}, percent: 5}]}",
      "p.yaml:4:53 spec.waves[0].percent: stands beside hostSelector: a wave is chosen by one of them, or by neither for all the rest",
    ],
    [
      "RolloutStrategy",
      "{waves: [{name: a}, {name: a}]}",
      'p.yaml:4:34 spec.waves[1].name: "a" is taken by item 0 of this list: a name is given once',
    ],
    [
      "RolloutStrategy",
      "{waves: [{name: a, soak: 60}]}",
      "p.yaml:4:32 spec.waves[0].soak: must be text, got 60; quote it",
    ],
    [
      "RolloutStrategy",
      "{waves: [{name: a, soak: soon}]}",
      'p.yaml:4:32 spec.waves[0].soak: "soon" is not a duration: write it like 90s, 5m or 1h30m',
    ],
    [
      "RolloutStrategy",
      "{maxUnavailable: 0}",
      "p.yaml:4:24 spec.maxUnavailable: must be at least 1, got 0",
    ],
    [
      "RolloutStrategy",
      "{gates: [NewDrop]}",
      'p.yaml:4:16 spec.gates[0]: must be NewDrops, got "NewDrop"',
    ],
    [
      "RolloutStrategy",
      "{maxUnavailable: 110%}",
      'p.yaml:4:24 spec.maxUnavailable: must be a number of hosts, 1 or more, or a percentage like 10%, got "110%"',
    ],
  ])("%s %s", ([kind, spec, line]) => {
    expect(issuesOf(policy(spec ?? "").replace("FleetPolicy", kind ?? ""))).toEqual([line]);
  });

  test("status belongs to the controller", () => {
    expect(issuesOf(`${policy("{ingress: {}}")}status: {}\n`)).toEqual([
      "p.yaml:5:1 status: unknown field here: the controller writes it; remove it",
    ]);
  });
});
