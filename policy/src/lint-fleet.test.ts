import { describe, expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { type DockerContainer, type HostView, unknownEngine } from "./host-view.ts";
import { lint } from "./lint.ts";
import { parseManifests } from "./parse-manifests.ts";
import { container, network, host as viewOf } from "./testing/judged-host.ts";

/** The warnings about the policy `p`, in a fleet of these hosts and with these other policies. */
function warnings(
  spec: string,
  hosts: readonly HostFacts[] = [],
  others: Readonly<Record<string, string>> = {},
): readonly string[] {
  const parse = (specs: Readonly<Record<string, string>>) => {
    const content = Object.entries(specs)
      .map(
        ([name, text]) =>
          `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${text}\n`,
      )
      .join("---\n");
    const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
    expect(content === "" ? [] : issues).toEqual([]);
    return resources;
  };
  const parsed = parse({ p: spec });
  const tree = [...parsed, ...parse(others)].map(({ resource }) => resource);
  return lint(tree, parsed, { hosts, controller: { ports: [7443, 7422] } }).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

function facts(name: string, view: HostView, more: Partial<HostFacts> = {}): HostFacts {
  return { name, labels: { role: name }, mode: "Enforce", addresses: [], view, ...more };
}

describe("words without an effect", () => {
  test.for([
    [
      "{interfaces: [eth1], internal: {defaultAction: Deny}}",
      [
        "spec.internal: says nothing about what is forwarded outside Docker: only a Docker network has it; write a policy with networkSelector",
      ],
    ],
    [
      "{interfaces: [eth1], egress: {host: true}}",
      [
        "spec.egress.host: says nothing about what is forwarded outside Docker: only containers are meant; write a policy with networkSelector",
      ],
    ],
    [
      "{interfaces: [eth1], ingress: {rules: [{action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/8}}, {networkSelector: {}}, {containerSelector: {}}]}]}}",
      [
        "spec.ingress.rules[0].from[1].networkSelector: matches nothing: what is forwarded outside Docker has no bridge of Docker at either end; name addresses",
        "spec.ingress.rules[0].from[2].containerSelector: matches nothing: what is forwarded outside Docker has no bridge of Docker at either end; name addresses",
      ],
    ],
    [
      "{networkSelector: {names: [shop]}, internal: {rules: [{action: Deny, to: [{networkSelector: {names: [front]}}]}]}}",
      [
        "spec.internal.rules[0].to[0].networkSelector: matches nothing: in internal both ends are on the policy's own network; use containerSelector, or ingress",
      ],
    ],
    [
      "{networkSelector: {names: ['shop_*']}, internal: {rules: [{action: Deny, from: [{networkSelector: {names: [shop_db]}}, {containerSelector: {}}]}]}}",
      [],
    ],
    ["{interfaces: [eth1], egress: {host: false}, ingress: {defaultAction: Deny}}", []],
  ] as const)("%s", ([spec, expected]) => {
    expect(warnings(spec)).toEqual(expected);
  });
});

describe("selectors that find nothing", () => {
  const shop = viewOf([network("shop")], [container("db", { shop: ["172.18.0.2"] })]);
  const hosts = [
    facts("a", shop, { addresses: ["192.0.2.1/32"] }),
    facts("b", viewOf([network("shop")])),
  ];
  const peer = (text: string) => `{ingress: {rules: [{action: Deny, from: [${text}]}]}}`;
  test.for([
    ["{containerSelector: {names: [db]}, ingress: {}}", []],
    [
      "{containerSelector: {names: [bd]}, ingress: {}}",
      [
        "spec.containerSelector: selects no running container on its networks of the hosts that it is for (2 reported theirs): compare with `seawall describe host NAME`",
      ],
    ],
    // Nothing is known of its containers.
    ["{hostSelector: {matchLabels: {role: b}}, containerSelector: {names: [bd]}, ingress: {}}", []],
    ["{interfaces: [eth1], ingress: {}}", []],
    [
      "{interfaces: [eth1, eth7], ingress: {}}",
      [
        "spec.interfaces[1]: is no interface of the hosts that it is for (2 reported theirs): compare with `ip link` there",
      ],
    ],
    [peer("{containerSelector: {names: [db]}}"), []],
    [
      peer("{containerSelector: {names: [bd]}}"),
      [
        "spec.ingress.rules[0].from[0].containerSelector: finds no running container on the hosts that the policy is for (2 reported theirs), so this peer matches nothing: compare with `seawall describe host NAME`",
      ],
    ],
    [
      "{internal: {rules: [{action: Deny, to: [{networkSelector: {names: [gone]}}]}]}}",
      [
        "spec.internal.rules[0].to[0].networkSelector: finds no network on the hosts that the policy is for (2 reported theirs), so this peer matches nothing: compare with `seawall get networks`",
      ],
    ],
    [peer("{hostSelector: {matchLabels: {role: a}}}"), []],
    [
      peer("{hostSelector: {matchLabels: {role: c}}}"),
      [
        "spec.ingress.rules[0].from[0].hostSelector: finds none of the fleet's hosts (2), so this peer matches nothing: compare with `seawall get hosts -o wide`",
      ],
    ],
    [
      peer("{hostSelector: {}}"),
      [
        "spec.ingress.rules[0].from[0].hostSelector: finds hosts without an approved address, which it cannot match (b): `seawall set host NAME --address ADDRESS`",
      ],
    ],
  ] as const)("%s", ([spec, expected]) => {
    expect(warnings(spec, hosts)).toEqual(expected);
    expect(warnings(spec)).toEqual([]);
  });
});

describe("what no host can enforce", () => {
  const lan = facts("lan", viewOf([network("office", { driver: "macvlan" }), network("shop")]));
  const blind = (...families: readonly ("IPv4" | "IPv6")[]) => {
    const bridgeNf = { IPv4: families.includes("IPv4"), IPv6: families.includes("IPv6") };
    return facts("blind", {
      ...viewOf([network("shop")]),
      engine: { ...unknownEngine, bridgeNf },
    });
  };
  const shop = "{networkSelector: {names: [shop]}, internal: {defaultAction: Deny}}";

  test("networks without a bridge", () => {
    const office = "{networkSelector: {names: [office]}, ingress: {defaultAction: Deny}}";
    expect(warnings(office, [lan, blind()])).toEqual([
      "spec.networkSelector: selects only networks that have no bridge (macvlan) on the hosts that have any (1), so nothing of this policy is enforced: use networks of driver bridge",
    ]);
    expect(warnings(office.replace("office", "'*'"), [lan])).toEqual([]);
  });

  test("internal, where the kernel does not show iptables what stays on a bridge", () => {
    const expected =
      "spec.internal: is enforced on none of the hosts that have such networks (1): their kernels show iptables nothing of what stays on a bridge; load br_netfilter and set net.bridge.bridge-nf-call-iptables=1 and -ip6tables=1 there";
    expect(warnings(shop, [blind()])).toEqual([expected]);
    expect(warnings(shop, [blind("IPv6")])).toEqual([]);
    expect(warnings(shop, [blind(), lan])).toEqual([]);
    expect(warnings(shop.replace("Deny", "Allow"), [blind()])).toEqual([]);
  });
});

describe("a path around that every host has", () => {
  const engine = { ...unknownEngine, dockerRules: { IPv4: false, IPv6: false } };
  const shop = { ...viewOf([network("shop")]), engine };
  const unguarded = facts("a", shop, { options: { inputGuard: "Off" } });
  const exporter = { ...container("exporter", {}), hostNetwork: true };
  const closed = "{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}";
  const rules =
    'spec: every host that it is for (1) has a way around it: Docker keeps no rules of its own, so docker-proxy alone serves published ports, and nobody judges what comes to them; run Docker with "iptables": true, and restart it if its rules were flushed';
  test.for<[string, string, readonly HostFacts[], readonly string[]]>([
    ["Docker without rules, unguarded", closed, [unguarded], [rules]],
    ["guarded", closed, [facts("a", shop)], []],
    ["not everywhere", closed, [unguarded, facts("b", viewOf([network("shop")]))], []],
    // Where it selects nothing it is asked nothing.
    [
      "where it selects anything",
      closed,
      [unguarded, facts("b", viewOf([network("other")]))],
      [rules],
    ],
    ["that allows everything", closed.replace("Deny", "Allow"), [unguarded], []],
    [
      "containers in the host's network",
      "{containerSelector: {names: ['export*']}, ingress: {defaultAction: Deny}}",
      [facts("a", viewOf([network("shop")], [exporter]))],
      [
        "spec: every host that it is for (1) has a way around it: containers in the network namespace of the host send and receive as the host itself: exporter; run them on a Docker network of driver bridge and publish their ports",
      ],
    ],
    [
      "interfaces that are Docker's",
      "{interfaces: [br-shop], ingress: {defaultAction: Deny}}",
      [facts("a", viewOf([network("shop")]))],
      [
        "spec: every host that it is for (1) has a way around it: a bridge of Docker is not outside Docker: br-shop; select it by networkSelector",
      ],
    ],
  ])("%s", ([, spec, hosts, expected]) => {
    expect(warnings(spec, hosts).filter((line) => line.includes("around"))).toEqual(expected);
  });
});

describe("ties about the published ports of a container on two networks", () => {
  const at = (name: string, action: string, more = "") =>
    `{networkSelector: {names: [${name}]}, ${more}ingress: {rules: [{action: ${action}, ports: [{port: 80}]}]}}`;
  const web = container("web", { shop: ["172.18.0.2"], front: ["172.19.0.2"] }, "8080:80");
  const both = [network("shop"), network("front")];
  const host = facts("a", viewOf(both, [web]));
  const tied = [
    "spec: tier Standard and priority 500 are also those of FleetPolicy/q, and both judge the published ports of container web of host a, which is on the networks of both: the name decides which is judged first; give them different priorities",
  ];
  test.for<[string, string, readonly HostFacts[], readonly string[]]>([
    [at("shop", "Allow"), at("front", "Deny"), [host], tied],
    [at("shop", "Allow"), at("front", "Allow"), [host], []],
    [at("shop", "Allow"), at("front", "Deny", "priority: 400, "), [host], []],
    [at("shop", "Allow"), at("front", "Deny", "containerSelector: {names: [x]}, "), [host], []],
    [
      at("shop", "Allow", "hostSelector: {matchLabels: {role: a}}, "),
      at("front", "Deny", "hostSelector: {matchLabels: {role: b}}, "),
      [host],
      [],
    ],
    // It publishes nothing, or is on one of them.
    [
      at("shop", "Allow"),
      at("front", "Deny"),
      [facts("a", viewOf(both, [{ ...web, published: [] }]))],
      [],
    ],
    [
      at("shop", "Allow"),
      at("front", "Deny"),
      [facts("a", viewOf(both, [container("web", { shop: ["172.18.0.2"] }, "8080:80")]))],
      [],
    ],
    [at("shop", "Allow"), at("front", "Deny"), [], []],
    // Their names alone tell that they meet, hosts or not: validate says so.
    [at("shop", "Allow"), at("s*", "Deny"), [host], []],
  ])("%s and %s", ([p, q, hosts, expected]) => {
    expect(warnings(p, hosts, { q }).filter((line) => line.includes("priority"))).toEqual(expected);
  });
});

describe("the way to the controller, which runs in a container of a host", () => {
  const controller = container("seawall", { ops: ["172.30.0.2"] }, "7443:7443", "7422:4222");
  const home = facts("home", viewOf([network("ops")], [controller]));
  const client = facts("edge", viewOf([]), { addresses: ["192.0.2.7/32"] });
  const closed = (rules = "") =>
    `{networkSelector: {names: [ops]}, ingress: {defaultAction: Deny${rules}}}`;

  test("is cut", () => {
    expect(warnings(closed(), [home, client])).toEqual([
      "spec.ingress: cuts the fleet from its controller, which runs in a container of host home: edge could not connect to port 7443 (ops, default); allow 7443, 7422 from every host, for example with a hostSelector peer",
    ]);
  });

  describe("NATS and the controller in two containers", () => {
    const nats = container("nats", { ops: ["172.30.0.3"] }, "7422:4222");
    const alone = container("seawall", { ops: ["172.30.0.2"] }, "7443:7443");
    const at = (...containers: readonly DockerContainer[]) =>
      facts("home", viewOf([network("ops")], containers));
    const only = (name: string) =>
      closed().replace("ingress", `containerSelector: {names: [${name}]}, ingress`);
    const cut = (port: number) => [
      `spec.ingress: cuts the fleet from its controller, which runs in containers of host home: edge could not connect to port ${String(port)} (ops, default); allow 7443, 7422 from every host, for example with a hostSelector peer`,
    ];
    test.for<[string, string, HostFacts, readonly string[]]>([
      ["both are cut", closed(), at(alone, nats), cut(7443)],
      ["the controller alone is cut", only("seawall"), at(alone, nats), cut(7443)],
      ["NATS alone is cut", only("nats"), at(alone, nats), cut(7422)],
      ["neither is cut", only("web"), at(alone, nats), []],
      // Somebody else's 7443: a fleet's host with one of the ports is not yet the controller.
      ["one port alone is somebody else's", closed(), at(alone), []],
      [
        "where agents come to it, as the host has found, it is the controller",
        closed(),
        {
          ...facts("home", {
            ...viewOf([network("ops")], [alone]),
            management: [{ address: "192.0.2.11", port: 7443, container: "seawall" }],
          }),
          options: { managementGuard: "Off" },
        },
        cut(7443).map((line) => line.replace("containers of", "a container of")),
      ],
    ])("%s", ([, spec, host, expected]) => {
      expect(warnings(spec, [host, client]).filter((line) => line.includes("cuts"))).toEqual(
        expected,
      );
    });
  });

  test("one of its ports is cut", () => {
    const rules = ", rules: [{action: Allow, ports: [{publishedPort: 7443}]}]";
    expect(warnings(closed(rules), [home, client])).toEqual([
      expect.stringContaining("edge could not connect to port 7422"),
    ]);
  });

  test("may be cut for a host that connects from nobody knows where", () => {
    expect(warnings(closed(), [home, { ...client, addresses: [] }])).toEqual([
      "spec.ingress: may cut the fleet from its controller, which runs in a container of host home: edge has no approved address, and one that no rule names could not connect to port 7443 (ops, default); allow 7443, 7422 from every host, for example with a hostSelector peer, and `seawall set host edge --address ADDRESS`",
    ]);
  });

  test("is cut where docker-proxy accepts", () => {
    const proxied = facts("home", {
      ...home.view,
      containers: [
        {
          ...controller,
          published: controller.published.map((port) => ({ ...port, hostAddress: "::" })),
        },
      ],
    });
    const v6 = { ...client, addresses: ["2001:db8::7/128"] };
    expect(warnings(closed(), [proxied, v6])).toEqual([
      expect.stringContaining("edge could not connect to port 7443 (ops, default)"),
    ]);
    expect(warnings(closed(), [{ ...proxied, options: { inputGuard: "Off" } }, v6])).toEqual([]);
  });

  test.for([
    [
      "allowed to the hosts of the fleet",
      closed(", rules: [{action: Allow, from: [{hostSelector: {matchLabels: {role: edge}}}]}]"),
      [home, client],
      {},
    ],
    ["by a policy of others", "{egress: {}}", [home, client], { q: closed() }],
    ["in Audit", closed().replace("{", "{mode: Audit, "), [home, client], {}],
    [
      "never denied there",
      closed(),
      [
        {
          ...home,
          view: {
            ...home.view,
            management: [7443, 7422].map((port) => ({
              ...{ address: "192.0.2.11", port, container: "seawall" },
            })),
          },
        },
        client,
      ],
      {},
    ],
    [
      "from nobody knows where, and who",
      closed(", rules: [{action: Allow, ports: [{publishedPort: 7443}, {publishedPort: 7422}]}]"),
      [home, { ...client, addresses: [] }],
      {},
    ],
    [
      "no controller there",
      closed(),
      [
        facts(
          "home",
          viewOf([network("ops")], [container("web", { ops: ["172.30.0.2"] }, "7443:443")]),
        ),
        client,
      ],
      {},
    ],
  ] as const)("is not cut: %s", ([, spec, hosts, others]) => {
    expect(warnings(spec, hosts, others).filter((line) => line.includes("cuts"))).toEqual([]);
  });
});
