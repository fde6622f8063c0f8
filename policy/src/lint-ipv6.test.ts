import { describe, expect, test } from "vitest";
import { lint } from "./lint.ts";
import { parseManifests } from "./parse-manifests.ts";

function policy(name: string, spec: string): string {
  return `---\napiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

/** `tree` stands in the fleet, `content` in the file that is linted with it. */
function warnings(content: string, tree = ""): readonly string[] {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  const others = parseManifests([{ name: "tree.yaml", content: tree }]);
  expect([...issues, ...(tree === "" ? [] : others.issues)]).toEqual([]);
  const all = [...resources, ...others.resources].map(({ resource }) => resource);
  return lint(all, resources)
    .filter(({ message }) => message.includes("IPv4"))
    .map(({ path, message }) => `${path}: ${message}`);
}

describe("IPv4 only under a default that denies", () => {
  const v4 = "{action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 1}]}";
  test.for([
    [
      `{ingress: {defaultAction: Deny, rules: [${v4}]}}`,
      [
        'spec.ingress.rules[0]: allows IPv4 addresses only, so IPv6 clients are denied by defaultAction Deny: add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant',
      ],
    ],
    [
      `{egress: {defaultAction: Reject, rules: [${v4.replace("from", "to")}, {action: Allow, ports: [{port: 53}, {protocol: UDP, port: 53}]}]}}`,
      [
        'spec.egress.rules[0]: allows IPv4 addresses only, so what goes to IPv6 ones is denied by defaultAction Reject: add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant',
      ],
    ],
    [
      `{ingress: {rules: [${v4}, {name: rest, action: Deny}]}}`,
      [
        'spec.ingress.rules[0]: allows IPv4 addresses only, so IPv6 clients are denied by rule rest: add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant',
      ],
    ],
    [`{ingress: {rules: [${v4}, {name: rest, action: Deny, ports: [{port: 2}]}]}}`, []],
    [`{ingress: {defaultAction: Allow, rules: [${v4}]}}`, []],
    [
      `{ingress: {defaultAction: Deny, rules: [${v4}, {action: Deny, from: [{ipBlock: {cidr: '::/0'}}]}]}}`,
      [],
    ],
    [
      `{ingress: {defaultAction: Deny, rules: [${v4}, {action: Allow, from: [{ipBlock: {cidr: '2001:db8::/32'}}], ports: [{port: 1}]}]}}`,
      [],
    ],
  ] as const)("%s", ([spec, expected]) => {
    expect(warnings(policy("a", spec))).toEqual(expected);
  });
});

describe("IPv4 only under what another policy denies", () => {
  const own = policy(
    "team",
    "{networkSelector: {names: [db]}, ingress: {rules: [{action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 1}]}]}}",
  );
  const by = (what: string) => [
    `spec.ingress.rules[0]: allows IPv4 addresses only, so IPv6 clients are denied by ${what}: add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant`,
  ];
  test.for<[string, readonly string[]]>([
    [
      "{tier: Baseline, ingress: {defaultAction: Deny}}",
      by("defaultAction Deny of FleetPolicy/base"),
    ],
    [
      "{tier: Baseline, ingress: {rules: [{name: rest, action: Reject}]}}",
      by("rule rest of FleetPolicy/base"),
    ],
    // It is about other networks, containers, clients or directions, or denies nothing.
    ["{tier: Baseline, networkSelector: {names: [web]}, ingress: {defaultAction: Deny}}", []],
    ["{tier: Baseline, containerSelector: {names: [web]}, ingress: {defaultAction: Deny}}", []],
    ["{tier: Baseline, mode: Audit, ingress: {defaultAction: Deny}}", []],
    ["{tier: Baseline, egress: {host: true, rules: [{action: Allow}], defaultAction: Deny}}", []],
    [
      "{tier: Baseline, ingress: {rules: [{action: Reject, from: [{ipBlock: {cidr: '2001:db8::/32'}}]}]}}",
      [],
    ],
    [
      "{tier: Baseline, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{ipBlock: {cidr: '2001:db8::/32'}}], ports: [{port: 1}]}]}}",
      [],
    ],
  ])("%s", ([base, expected]) => {
    expect(warnings(own, policy("base", base))).toEqual(expected);
  });
});

const add = 'add their IPv6 CIDRs, or a rule that denies "::/0" to show that it is meant';

describe("IPv4 only beside peers of both IP versions", () => {
  const v4 = "{ipBlock: {cidr: 10.0.0.0/8}}";
  const ingress = (peers: string) =>
    `{ingress: {defaultAction: Deny, rules: [{action: Allow, from: [${peers}]}]}}`;
  const clients = `spec.ingress.rules[0]: of addresses allows IPv4 ones only, so other IPv6 clients are denied by defaultAction Deny: ${add}`;
  test.for<[string, readonly string[]]>([
    [ingress(`${v4}, {containerSelector: {names: [api]}}`), [clients]],
    [ingress(`${v4}, {networkSelector: {names: [front]}}`), [clients]],
    [
      ingress(`${v4}, {containerSelector: {names: [api]}}`)
        .replace("ingress", "egress")
        .replace("from", "to")
        .replace("]}]}}", "]}, {action: Allow, ports: [{port: 53}, {protocol: UDP, port: 53}]}]}}"),
      [
        `spec.egress.rules[0]: of addresses allows IPv4 ones only, so what goes to IPv6 ones is denied by defaultAction Deny: ${add}`,
      ],
    ],
    // A container is a peer by all of its addresses; a host may have an IPv6 one.
    [ingress("{containerSelector: {names: [api]}}"), []],
    [ingress(`${v4}, {hostSelector: {}}`), []],
    [ingress(`${v4}, {containerSelector: {names: [api]}}, {ipBlock: {cidr: 'fd00::/8'}}`), []],
  ])("%s", ([spec, expected]) => {
    expect(warnings(policy("a", spec))).toEqual(expected);
  });
});

describe("IPv4 only within one network", () => {
  const v4 = "[{ipBlock: {cidr: 172.18.0.0/24}}]";
  const v6 = "[{ipBlock: {cidr: 'fd00::/64'}}]";
  const db = "[{containerSelector: {names: [db]}}]";
  const web = "[{containerSelector: {names: [web]}}]";
  const denied = [
    `spec.internal.rules[0]: allows IPv4 addresses only, so what containers say to each other in IPv6 is denied by defaultAction Deny: ${add}`,
  ];
  test.for<[string, readonly string[]]>([
    [`{action: Allow, from: ${v4}}`, denied],
    [`{action: Allow, to: ${v4}}`, denied],
    [`{action: Allow, from: ${v4}, to: ${db}}`, denied],
    [`{action: Allow, from: ${db}, to: ${v4}}`, denied],
    [`{action: Allow, from: ${v4}, to: ${v4}}`, denied],
    [
      `{action: Allow, from: [{ipBlock: {cidr: 172.18.0.0/24}}, {containerSelector: {names: [api]}}]}`,
      [
        `spec.internal.rules[0]: of addresses allows IPv4 ones only, so what other containers say to each other in IPv6 is denied by defaultAction Deny: ${add}`,
      ],
    ],
    [`{action: Allow, from: ${db}}`, []],
    // Something is said of IPv6, to the same end.
    [`{action: Allow, from: ${v4}}, {action: Allow, from: ${v6}}`, []],
    [`{action: Allow, from: ${v4}, to: ${v4}}, {action: Allow, from: ${v6}, to: ${v6}}`, []],
    [`{action: Allow, from: ${v4}, to: ${db}}, {action: Deny, from: ${v6}}`, []],
    [`{action: Allow, from: ${v4}, to: ${db}}, {action: Allow, to: ${db}}`, []],
    [`{action: Allow, from: ${v4}, to: ${db}}, {action: Allow, to: ${web}}`, denied],
    [`{action: Allow, from: ${v4}, to: ${db}}, {action: Allow, from: ${v6}, to: ${web}}`, denied],
    // It denies some of them, not all.
    [`{action: Allow, from: ${v4}}, {action: Deny, to: ${db}}`, denied],
  ])("%s", ([rules, expected]) => {
    expect(warnings(policy("a", `{internal: {defaultAction: Deny, rules: [${rules}]}}`))).toEqual(
      expected,
    );
  });
});

describe("a Pass of IPv4 only", () => {
  const pass = "{action: Pass, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}";
  const by = (what: string) => [
    `spec.ingress.rules[0]: passes on IPv4 addresses only, so IPv6 clients are denied by ${what}: ${add}`,
  ];
  const own = (rules: string) => `{tier: Guardrail, ingress: {rules: [${rules}]}}`;
  test.for<[string, string, readonly string[]]>([
    [own(`${pass}, {name: rest, action: Deny}`), "", by("rule rest")],
    [
      own(pass),
      "{tier: Guardrail, priority: 900, ingress: {rules: [{name: rest, action: Reject}]}}",
      by("rule rest of FleetPolicy/base"),
    ],
    // Whom a Pass does not name goes the same way: to later tiers, and to the defaults.
    [own(pass), "", []],
    [own(pass).replace("rules", "defaultAction: Deny, rules"), "", []],
    [own(pass), "{tier: Baseline, ingress: {rules: [{name: rest, action: Deny}]}}", []],
    [own(`${pass}, {action: Deny, from: [{ipBlock: {cidr: '::/0'}}]}, {action: Deny}`), "", []],
    [own(`${pass}, {action: Pass, ports: [{port: 1}]}, {action: Deny}`), "", by("rule rules[2]")],
    [own(`${pass}, {action: Pass}, {action: Deny}`), "", []],
  ])("%s, %s", ([spec, base, expected]) => {
    expect(warnings(policy("a", spec), base === "" ? "" : policy("base", base))).toEqual(expected);
  });
});
