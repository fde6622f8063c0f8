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

function rule(text: string): string {
  return policy(`{ingress: {rules: [${text}]}}`);
}

const inRule = "p.yaml:4:26 spec.ingress.rules[0]";

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

describe("rules", () => {
  test.for([
    ["{}", `${inRule}.action: is required: one of Allow, Deny, Reject, Pass`],
    [
      "{action: allow}",
      'p.yaml:4:35 spec.ingress.rules[0].action: must be one of Allow, Deny, Reject, Pass, got "allow"; did you mean "Allow"?',
    ],
    [
      "{action: Drop}",
      'p.yaml:4:35 spec.ingress.rules[0].action: must be one of Allow, Deny, Reject, Pass, got "Drop"',
    ],
    [
      "{action: Allow, to: []}",
      'p.yaml:4:42 spec.ingress.rules[0].to: unknown field here: ingress rules have "from"',
    ],
    [
      "{action: Allow, name: default}",
      'p.yaml:4:48 spec.ingress.rules[0].name: "default" names the default action in reports: choose another name',
    ],
    [
      '{action: Allow, name: "rules[0]"}',
      `p.yaml:4:48 spec.ingress.rules[0].name: "rules[0]" is not a name: 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
    ],
    [
      "{action: Allow, name: a}, {action: Deny, name: a}",
      'p.yaml:4:73 spec.ingress.rules[1].name: "a" is taken by item 0 of this list: a name is given once',
    ],
    [
      "{action: Allow, from: []}",
      "p.yaml:4:48 spec.ingress.rules[0].from: must not be an empty list: remove the field, or fill the list",
    ],
    [
      "{action: Allow, ports: []}",
      "p.yaml:4:49 spec.ingress.rules[0].ports: must not be an empty list: remove the field, or fill the list",
    ],
    [
      "{action: Allow, log: 1}",
      "p.yaml:4:47 spec.ingress.rules[0].log: must be true or false, got 1",
    ],
  ])("%s", ([text, line]) => {
    expect(issuesOf(rule(text ?? ""))).toEqual([line]);
  });

  test("an empty list of rules is refused like every other empty list", () => {
    expect(issuesOf(policy("{ingress: {rules: []}}"))).toEqual([
      "p.yaml:4:25 spec.ingress.rules: must not be an empty list: remove the field, or fill the list",
    ]);
  });
});

describe("peers", () => {
  const kinds = "ipBlock, addressGroup, hostSelector, networkSelector, containerSelector";
  const at = (column: number, rest: string) =>
    `p.yaml:4:${String(column)} spec.ingress.rules[0].from[0]${rest}`;
  test.for<[string, string]>([
    ["{}", at(49, `: is empty: a peer is exactly one of ${kinds}; write one list item for each`)],
    [
      "{addressGroup: a, networkSelector: {}}",
      at(
        49,
        `: has addressGroup and networkSelector: a peer is exactly one of ${kinds}; write one list item for each`,
      ),
    ],
    ["{ipblock: {cidr: 10.0.0.0/8}}", at(50, '.ipblock: unknown field; did you mean "ipBlock"?')],
    ["10.0.0.0/8", at(49, ': must be a mapping, got "10.0.0.0/8"')],
    [
      "{addressGroup: Office}",
      at(
        64,
        `.addressGroup: "Office" is not a name: 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
      ),
    ],
    ["{ipBlock: {}}", at(59, ".ipBlock.cidr: is required: text")],
    [
      "{ipBlock: {cidr: 10.0.0.1}}",
      at(66, '.ipBlock.cidr: "10.0.0.1" has no prefix length: write 10.0.0.1/32'),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.1/8}}",
      at(
        66,
        '.ipBlock.cidr: "10.0.0.1/8" has bits set behind its prefix: write 10.0.0.0/8 for the block or 10.0.0.1/32 for the one address',
      ),
    ],
    [
      "{ipBlock: {cidr: 010.0.0.0/8}}",
      at(
        66,
        '.ipBlock.cidr: "010.0.0.0" has an octet with a leading zero, which some programs read as octal: remove the zero',
      ),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.0/8, except: []}}",
      at(86, ".ipBlock.except: must not be an empty list: remove the field, or fill the list"),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}",
      at(87, ".ipBlock.except[0]: 11.0.0.0/8 does not lie in 10.0.0.0/8, so it takes nothing out"),
    ],
    [
      '{ipBlock: {cidr: 10.0.0.0/8, except: ["2001:db8::/32"]}}',
      at(
        87,
        ".ipBlock.except[0]: 2001:db8::/32 does not lie in 10.0.0.0/8, so it takes nothing out",
      ),
    ],
    [
      "{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}",
      at(87, ".ipBlock.except[0]: 10.0.0.0/8 is all of 10.0.0.0/8, so nothing is left"),
    ],
    [
      `{ipBlock: {cidr: 10.0.0.0/8, except: [${Array<string>(101).fill("10.1.0.0/16").join(",")}]}}`,
      at(86, ".ipBlock.except: must have at most 100 items"),
    ],
  ])("%s", ([peer, line]) => {
    expect(issuesOf(rule(`{action: Allow, from: [${peer}]}`))).toEqual([line]);
  });
});

describe("ports", () => {
  const at = (column: number, rest: string) =>
    `p.yaml:4:${String(column)} spec.ingress.rules[0].ports[0]${rest}`;
  test.for<[string, ...string[]]>([
    ["{}", at(50, ": says nothing: give at least one of protocol, port and publishedPort")],
    ["80", at(50, ": must be a mapping, got 80")],
    ["{prot: TCP}", at(51, '.prot: unknown field; did you mean "protocol"?')],
    ["{port: 0}", at(57, ".port: must be at least 1, got 0")],
    ["{port: 70000}", at(57, ".port: must be at most 65535, got 70000")],
    ['{port: "80"}', at(57, '.port: must be a number, got "80"; remove the quotes')],
    ["{port: http}", at(57, '.port: must be a number, got "http"')],
    ["{port: 80-90}", at(57, '.port: must be a number, got "80-90"')],
    ["{port: 8100, endPort: 8000}", at(72, ".endPort: 8000 is below 8100, where the range begins")],
    ["{endPort: 8000}", at(60, ".endPort: needs port or publishedPort, where the range begins")],
    [
      "{port: 80, publishedPort: 8080}",
      at(
        76,
        ".publishedPort: stands beside port: a port is the container's or the published one; write two entries to match both",
      ),
    ],
    [
      "{protocol: tcp, port: 80}",
      at(61, '.protocol: must be one of TCP, UDP, ICMP, got "tcp"; did you mean "TCP"?'),
    ],
    ["{protocol: SCTP}", at(61, '.protocol: must be one of TCP, UDP, ICMP, got "SCTP"')],
    [
      "{protocol: ICMP, port: 8}",
      at(73, ".port: ICMP has no ports: remove it, or choose TCP or UDP"),
    ],
    [
      "{protocol: ICMP, publishedPort: 8, endPort: 9}",
      at(82, ".publishedPort: ICMP has no ports: remove it, or choose TCP or UDP"),
      at(94, ".endPort: ICMP has no ports: remove it, or choose TCP or UDP"),
    ],
  ])("%s", ([port, ...expected]) => {
    expect(issuesOf(rule(`{action: Allow, ports: [${port}]}`))).toEqual(expected);
  });

  test("a published port is nothing that egress or internal could match", () => {
    expect(
      issuesOf(policy("{egress: {rules: [{action: Allow, ports: [{publishedPort: 80}]}]}}")),
    ).toEqual([
      "p.yaml:4:50 spec.egress.rules[0].ports[0].publishedPort: unknown field here: only ingress rules have it, a published port is where traffic comes in",
    ]);
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
      "{confirmTimeout: soon}",
      'p.yaml:4:24 spec.confirmTimeout: "soon" is not a duration: write it like 90s, 5m or 1h30m',
    ],
    [
      "RolloutStrategy",
      "{maxUnavailable: 110%}",
      'p.yaml:4:24 spec.maxUnavailable: must be a number of hosts or a percentage like 10%, got "110%"',
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

test("every mistake in a document is told at once", () => {
  expect(issuesOf(rule("{action: allow, prots: [], from: [{}]}"))).toHaveLength(3);
});
