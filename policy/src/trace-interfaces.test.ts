import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { factsOfHost, type HostFacts } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { type TracedEnd, type TracedPath, traceOn } from "./trace.ts";
import { changeOf, stateOf } from "./trace-change.ts";
import { parseTrace, type TraceQuestion } from "./trace-question.ts";
import { tracePaths } from "./trace-ways.ts";

const policies = `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: lab}
spec:
  interfaces: [eth1]
  ingress:
    defaultAction: Deny
    rules: [{name: ssh, action: Allow, from: [{ipBlock: {cidr: 10.8.0.0/16}}], ports: [{port: 22}]}]
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: vpn}
spec:
  interfaces: [wg0]
  egress:
    rules:
      - {name: no-mail, action: Reject, ports: [{port: 25}]}
`;

function router(more: object = {}): HostFacts {
  return factsOfHost({
    metadata: { name: "router" },
    status: {
      networks: [{ name: "shop", bridge: "br-shop", subnets: ["10.1.0.0/16"] }],
      containers: [{ name: "web", attachments: [{ network: "shop", addresses: ["10.1.0.2"] }] }],
      interfaces: ["lo", "eth0", "eth1", "wg0", "br-shop"],
      addresses: ["192.0.2.10", "10.1.0.1"],
      engine: { version: "28.5.2" },
      ...more,
    },
  });
}

function treeOf(content: string) {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  return resources.map(({ resource }) => resource);
}

function questionOf(text: string): TraceQuestion {
  const [source = "", destination = "", protocol = "TCP"] = text.split(" ");
  const parsed = parseTrace(source, destination, protocol as TraceQuestion["protocol"]);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.question;
}

function lines(text: string, content = policies, host = router()): readonly string[] {
  const desired = compile(treeOf(content), [], host);
  const trace = traceOn(questionOf(text), desired, host, counters);
  return trace.found ? trace.paths.map(lineOf) : [trace.reason];
}

const counters = [
  {
    ...{ policy: "lab", rule: "default", direction: "ingress", network: "eth1", family: "IPv4" },
    ...{ packets: 7, bytes: 420, audited: false, guard: false },
  },
];

/** An interface that is not said is `*`: any, or any that no other way has at that end. */
function lineOf({ outcome, family, route, verdict, counter, ...path }: TracedPath): string {
  const by = verdict?.judgements.map(
    ({ network, scope, decidedBy }) => `${network} ${scope}: ${decidedBy?.rule ?? "-"}`,
  );
  return [
    `${outcome} ${route === "BetweenInterfaces" ? "" : `${route} `}${family ?? "-"}`,
    `${endOf(path.source)} > ${endOf(path.destination)}`,
    ...(by ?? []),
    ...(counter === undefined ? [] : [`${String(counter.packets)} so far`]),
  ].join(", ");
}

function endOf({ address = "internet", interface: via = "*" }: TracedEnd): string {
  return `${address}%${via}`;
}

describe("what is forwarded between interfaces of the host", () => {
  test.for<[string, string[]]>([
    // By the interfaces that are named.
    [
      "10.8.0.7%wg0 10.9.0.5%eth1:22",
      ["Unknown IPv4, 10.8.0.7%wg0 > 10.9.0.5%eth1, wg0 egress: -, eth1 ingress: ssh"],
    ],
    [
      "10.8.0.7%wg0 10.9.0.5%eth1:25",
      ["Rejected IPv4, 10.8.0.7%wg0 > 10.9.0.5%eth1, wg0 egress: no-mail"],
    ],
    [
      "203.0.113.7%eth0 10.9.0.5%eth1:22",
      ["Denied IPv4, 203.0.113.7%eth0 > 10.9.0.5%eth1, eth1 ingress: default, 7 so far"],
    ],
    ["10.9.0.5%eth1 203.0.113.7%eth0:25", ["Unknown IPv4, 10.9.0.5%eth1 > 203.0.113.7%eth0"]],
    [
      "10.9.0.5%eth1 10.9.0.6%eth1 ICMP",
      ["Denied IPv4, 10.9.0.5%eth1 > 10.9.0.6%eth1, eth1 ingress: default, 7 so far"],
    ],
    [
      "internet%eth0 internet%eth1:22",
      [
        "Denied IPv4, internet%eth0 > internet%eth1, eth1 ingress: default, 7 so far",
        "Denied IPv6, internet%eth0 > internet%eth1, eth1 ingress: default",
      ],
    ],
    // By each where none is named, and as one where that makes no difference.
    [
      "203.0.113.7 10.9.0.5%eth1:22",
      ["Denied IPv4, 203.0.113.7%* > 10.9.0.5%eth1, eth1 ingress: default, 7 so far"],
    ],
    ["10.8.0.7%wg0 10.9.0.5:25", ["Rejected IPv4, 10.8.0.7%wg0 > 10.9.0.5%*, wg0 egress: no-mail"]],
    [
      "10.8.0.7 10.9.0.5:22",
      [
        "Unknown IPv4, 10.8.0.7%wg0 > 10.9.0.5%eth1, wg0 egress: -, eth1 ingress: ssh",
        "Unknown IPv4, 10.8.0.7%wg0 > 10.9.0.5%*, wg0 egress: -",
        "Unknown IPv4, 10.8.0.7%* > 10.9.0.5%eth1, eth1 ingress: ssh",
        "Unknown IPv4, 10.8.0.7%* > 10.9.0.5%*",
      ],
    ],
    [
      "10.8.0.7 10.9.0.5:25",
      [
        "Rejected IPv4, 10.8.0.7%wg0 > 10.9.0.5%*, wg0 egress: no-mail",
        "Denied IPv4, 10.8.0.7%* > 10.9.0.5%eth1, eth1 ingress: default, 7 so far",
        "Unknown IPv4, 10.8.0.7%* > 10.9.0.5%*",
      ],
    ],
    // An interface decides nothing where an end is Docker's or the host's own.
    ["10.8.0.7%wg0 192.0.2.10:22", ["Allowed Input IPv4, 10.8.0.7%wg0 > 192.0.2.10%*"]],
    ["10.8.0.7%wg0 10.1.0.2:25", ["Closed Forwarded IPv4, 10.8.0.7%wg0 > 10.1.0.2%br-shop"]],
    ["web 203.0.113.7%eth1:25", ["Allowed Forwarded IPv4, 10.1.0.2%br-shop > 203.0.113.7%eth1"]],
    // A stranger who sends with the address of a container is nobody of Docker's.
    [
      "10.1.0.2%wg0 10.9.0.5%eth1:25",
      ["Rejected IPv4, 10.1.0.2%wg0 > 10.9.0.5%eth1, wg0 egress: no-mail"],
    ],
    // Not here.
    ["10.8.0.7%tun0 10.9.0.5:22", ['no interface is called "tun0"']],
    [
      "10.8.0.7%br-shop 10.9.0.5:22",
      ['br-shop is the bridge of network "shop": name the network or a container'],
    ],
    ["2001:db8::1%wg0 10.9.0.5%eth1:22", ["the ends have no IP version in common on this host"]],
  ])("%s", ([text, expected]) => {
    expect(lines(text)).toEqual(expected);
  });

  test("without a policy for interfaces nothing is said, unless one is named", () => {
    const none = policies.replaceAll(/interfaces: \[\w+\]/g, "networkSelector: {names: [shop]}");
    expect(lines("10.8.0.7 10.9.0.5:22", none)).toEqual(["neither end is on this host"]);
    expect(lines("10.8.0.7%wg0 10.9.0.5:22", none)).toEqual([
      "Unknown IPv4, 10.8.0.7%wg0 > 10.9.0.5%*",
    ]);
  });

  test("policies in Audit count there too", () => {
    const audited = policies.replace("interfaces: [wg0]", "mode: Audit\n  interfaces: [wg0]");
    const desired = compile(treeOf(audited), [], router());
    const trace = traceOn(questionOf("10.8.0.7 10.9.0.5:25"), desired, router(), []);
    const paths = trace.found ? trace.paths : [];
    expect(paths.map((path) => [lineOf(path), path.verdict?.wouldDeny?.decidedBy?.rule])).toEqual([
      ["Denied IPv4, 10.8.0.7%wg0 > 10.9.0.5%eth1, eth1 ingress: default", "no-mail"],
      ["Unknown IPv4, 10.8.0.7%wg0 > 10.9.0.5%*", "no-mail"],
      ["Denied IPv4, 10.8.0.7%* > 10.9.0.5%eth1, eth1 ingress: default", undefined],
      ["Unknown IPv4, 10.8.0.7%* > 10.9.0.5%*", undefined],
    ]);
  });

  test.for([
    ["iptables", ["IPv4", "IPv6"], "Unknown"],
    // Docker's own tables let through what is not theirs.
    ["nftables", ["IPv4", "IPv6"], "Allowed"],
    ["iptables", ["IPv6"], "Unknown"],
  ] as const)("Docker has no rule about it: %s %s", ([firewall, dockerRules, outcome]) => {
    const host = router({ engine: { version: "29.7.2", firewall, dockerRules } });
    expect(lines("10.8.0.7%wg0 10.9.0.5%eth1:22", policies, host)[0]).toMatch(outcome);
  });
});

describe("the smallest change that turns it round", () => {
  test.for<[string, string[]]>([
    [
      "203.0.113.7%eth0 10.9.0.5%eth1:22",
      [
        "Allow: lab spec.ingress.rules[1]: - action: Allow from: - ipBlock: cidr: 203.0.113.7/32 ports: - protocol: TCP port: 22",
      ],
    ],
    [
      "10.8.0.7%wg0 10.9.0.5:25",
      [
        "Allow: vpn spec.egress.rules[0]: - action: Allow to: - ipBlock: cidr: 10.9.0.5/32 ports: - protocol: TCP port: 25",
      ],
    ],
    [
      "10.9.0.5%eth1 203.0.113.7%eth0:25",
      [
        "Deny: deny-traced new: apiVersion: seawall/v1 kind: FleetPolicy metadata: name: deny-traced spec: priority: 0 interfaces: - eth0 ingress: rules: - action: Deny from: - ipBlock: cidr: 10.9.0.5/32 ports: - protocol: TCP port: 25",
      ],
    ],
    [
      "10.9.0.5%eth1 203.0.113.7:25",
      [
        "Allow: lab spec.ingress.rules[1]: - action: Allow from: - ipBlock: cidr: 10.9.0.5/32 ports: - protocol: TCP port: 25",
        "Deny: deny-traced new: apiVersion: seawall/v1 kind: FleetPolicy metadata: name: deny-traced spec: priority: 0 interfaces: - eth1 egress: rules: - action: Deny to: - ipBlock: cidr: 203.0.113.7/32 ports: - protocol: TCP port: 25",
      ],
    ],
    [
      "10.8.0.7 10.9.0.5:80",
      [
        "Allow: lab spec.ingress.rules[1]: - action: Allow from: - ipBlock: cidr: 10.8.0.7/32 ports: - protocol: TCP port: 80",
        "Deny: vpn spec.egress.rules[1]: - action: Deny to: - ipBlock: cidr: 10.9.0.5/32 ports: - protocol: TCP port: 80",
        "Allow: lab spec.ingress.rules[1]: - action: Allow from: - ipBlock: cidr: 10.8.0.7/32 ports: - protocol: TCP port: 80",
        "no policy selects these interfaces: name one, as ADDRESS%INTERFACE",
      ],
    ],
  ])("%s", ([text, expected]) => {
    const [question, host] = [questionOf(text), router()];
    const context = { question, host, tree: treeOf(policies), fleet: [] };
    const found = tracePaths(question, stateOf(context.tree, context), host);
    const changes = (found.ok ? found.paths : []).map((path) => changeOf(path, context));
    const words = changes.map((change) =>
      change.possible
        ? `${change.wanted}: ${change.edits.map(({ policy, field = "new", position, yaml }) => `${policy} ${field}${position === undefined ? "" : `[${String(position)}]`}: ${yaml.join(" ").replaceAll(/\s+/g, " ")}`).join("; ")}`
        : change.reason,
    );
    expect(words).toEqual(expected);
  });
});
