import { describe, expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { type DockerNetwork, viewOfNetworks } from "./host-view.ts";
import type { Labels } from "./label-selector.ts";
import { lint } from "./lint.ts";
import { parseManifests } from "./parse-manifests.ts";

function policy(name: string, spec: string): string {
  return `---\napiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

function group(name: string, cidrs: string): string {
  return `---\napiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: ${name}}\nspec: {cidrs: [${cidrs}]}\n`;
}

/** `tree` stands in the fleet, `content` in the file that is linted with it. What the default does anyway is the subject of another table. */
function warnings(content: string, hosts: readonly HostFacts[] = [], tree = ""): readonly string[] {
  const parse = (text: string) => {
    const { resources, issues } = parseManifests([{ name: "p.yaml", content: text }]);
    expect(issues).toEqual([]);
    return resources;
  };
  const parsed = parse(content);
  const others = tree === "" ? [] : parse(tree);
  const all = [...parsed, ...others].map(({ resource }) => resource);
  return lint(all, parsed, { hosts, controller: { ports: [7443, 7422] } })
    .filter(({ message }) => !message.includes(" anyway"))
    .map(({ severity, place, path, message }) => {
      expect(severity).toBe("warning");
      expect(place?.line).toBeGreaterThan(4);
      return `${path}: ${message}`;
    });
}

const anyNetwork = (rules: string) => `{ingress: {rules: [${rules}]}}`;

describe("rules that never decide", () => {
  test.for([
    [
      "an equal one",
      "{action: Deny, ports: [{port: 1}]}, {action: Deny, ports: [{port: 1}]}",
      "is redundant",
    ],
    ["everything", "{action: Deny}, {action: Allow, ports: [{port: 1}]}", "never decides"],
    [
      "networks are no addresses",
      "{action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/9}}, {networkSelector: {}}]}",
      "",
    ],
    [
      "networks, before less",
      "{action: Deny, from: [{networkSelector: {}}]}, {action: Allow, from: [{networkSelector: {names: [a]}}]}",
      "never decides",
    ],
    [
      "networks, before more",
      "{action: Deny, from: [{networkSelector: {names: [a]}}]}, {action: Allow, from: [{networkSelector: {names: [a, b]}}]}",
      "",
    ],
    [
      "equal containers",
      "{action: Deny, from: [{containerSelector: {names: [a]}}]}, {action: Allow, from: [{containerSelector: {names: [a]}}]}",
      "never decides",
    ],
    [
      "containers are no networks",
      "{action: Deny, from: [{networkSelector: {names: [a]}}]}, {action: Allow, from: [{containerSelector: {names: [a]}}]}",
      "",
    ],
    [
      "equal hosts",
      "{action: Deny, from: [{hostSelector: {matchLabels: {a: b}}}]}, {action: Allow, from: [{hostSelector: {matchLabels: {a: b}}}]}",
      "never decides",
    ],
    [
      "addresses of hosts come and go",
      "{action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.1.0.0/16}}, {hostSelector: {}}]}",
      "",
    ],
    [
      "networks, behind everything",
      "{action: Deny}, {action: Allow, from: [{networkSelector: {names: [a]}}]}",
      "never decides",
    ],
    ["past the tier", "{action: Pass}, {action: Allow, ports: [{port: 1}]}", "never decides"],
    [
      "a wider range",
      "{action: Deny, ports: [{port: 1, endPort: 9}]}, {action: Allow, ports: [{port: 2}, {port: 5, endPort: 9}]}",
      "never decides",
    ],
    [
      "every port of the protocol",
      "{action: Deny, ports: [{protocol: TCP}]}, {action: Allow, ports: [{publishedPort: 2}, {port: 3}]}",
      "never decides",
    ],
    [
      "more addresses",
      "{action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.200.0.0/16}}]}",
      "never decides",
    ],
    [
      "both halves of the internet",
      "{action: Deny, from: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]}, {action: Allow}",
      "never decides",
    ],
    [
      "fewer ports",
      "{action: Deny, ports: [{port: 1}]}, {action: Allow, ports: [{port: 1}, {port: 2}]}",
      "",
    ],
    [
      "another protocol",
      "{action: Deny, ports: [{port: 1}]}, {action: Allow, ports: [{protocol: UDP, port: 1}]}",
      "",
    ],
    [
      "published is not container",
      "{action: Deny, ports: [{port: 1}]}, {action: Allow, ports: [{publishedPort: 1}]}",
      "",
    ],
    ["IPv4 only", "{action: Deny, from: [{ipBlock: {cidr: 0.0.0.0/0}}]}, {action: Allow}", ""],
    [
      "fewer addresses",
      "{action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}",
      "",
    ],
    ["ICMP beside ports", "{action: Deny, ports: [{protocol: ICMP}]}, {action: Allow}", ""],
  ])("%s", ([, rules, word]) => {
    const found = warnings(policy("a", anyNetwork(rules ?? "")));
    expect(found.map((line) => line.split(":")[1])).toEqual(
      word === "" ? [] : [expect.stringContaining(word ?? "")],
    );
    expect(found.every((line) => line.startsWith("spec.ingress.rules[1]: "))).toBe(true);
  });

  test.for([
    ["{action: Deny}, {action: Allow, from: [A], to: [B]}", true],
    ["{action: Deny, from: [A]}, {action: Allow, from: [A], to: [B]}", true],
    ["{action: Deny, from: [A], to: [B]}, {action: Allow, from: [A], to: [B]}", true],
    ["{action: Deny, from: [A], to: [B]}, {action: Allow, from: [A]}", false],
    ["{action: Deny, from: [A], to: [B]}, {action: Allow, from: [A], to: [A]}", false],
    ["{action: Deny, from: [A], to: [B]}, {action: Allow, from: [B], to: [A]}", false],
  ] as const)("both ends of internal: %s: %s", ([rules, isShadowed]) => {
    const written = rules.replaceAll(/\b[AB]\b/g, "{containerSelector: {names: [$&]}}");
    expect(warnings(policy("a", `{internal: {rules: [${written}]}}`))).toEqual(
      isShadowed ? [expect.stringContaining("spec.internal.rules[1]: never decides")] : [],
    );
  });

  test.for([
    [
      "two halves of a block",
      "{name: a, action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/9}}]}, {name: b, action: Allow, from: [{ipBlock: {cidr: 10.128.0.0/9}}]}, {action: Reject, from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 1}]}",
      "never decides: rules a and b come before it and together match all that it matches; move it up, or remove it",
    ],
    [
      "one action",
      "{name: a, action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/9}}]}, {name: x, action: Deny, from: [{ipBlock: {cidr: 11.0.0.0/8}}]}, {name: b, action: Deny, from: [{ipBlock: {cidr: 10.128.0.0/9}}]}, {action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}",
      "is redundant: rules a and b come before it and say Deny to all that it matches; remove it",
    ],
    [
      "the whole internet",
      "{name: a, action: Deny, from: [{ipBlock: {cidr: 0.0.0.0/0}}]}, {name: b, action: Deny, from: [{ipBlock: {cidr: '::/0'}}]}, {action: Allow}",
      "never decides: rules a and b come before it and together match all that it matches; move it up, or remove it",
    ],
    [
      "addresses and networks",
      "{name: a, action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {name: b, action: Deny, from: [{networkSelector: {names: [n]}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/9}}, {networkSelector: {names: [n]}}]}",
      "never decides: rules a and b come before it and together match all that it matches; move it up, or remove it",
    ],
    [
      "ranges of ports",
      "{name: a, action: Deny, ports: [{port: 80, endPort: 90}]}, {name: b, action: Deny, ports: [{port: 91, endPort: 99}, {protocol: ICMP}]}, {action: Allow, ports: [{port: 85, endPort: 95}]}",
      "never decides: rules a and b come before it and together match all that it matches; move it up, or remove it",
    ],
    [
      "every protocol that there is a word for is not every protocol",
      "{name: a, action: Deny, ports: [{protocol: TCP}, {protocol: UDP}]}, {name: b, action: Deny, ports: [{protocol: ICMP}]}, {action: Allow}",
      "",
    ],
    [
      "a gap of addresses",
      "{name: a, action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/9}}]}, {name: b, action: Deny, from: [{ipBlock: {cidr: 10.192.0.0/10}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}",
      "",
    ],
    [
      "a gap of ports",
      "{name: a, action: Deny, ports: [{port: 80}]}, {name: b, action: Deny, ports: [{port: 82}]}, {action: Allow, ports: [{port: 80, endPort: 82}]}",
      "",
    ],
    [
      "each for other ports",
      "{name: a, action: Deny, from: [{ipBlock: {cidr: 10.0.0.0/9}}], ports: [{port: 1}]}, {name: b, action: Deny, from: [{ipBlock: {cidr: 10.128.0.0/9}}], ports: [{port: 2}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}",
      "",
    ],
  ])("several together: %s", ([, rules, words]) => {
    const found = warnings(policy("a", anyNetwork(rules ?? "")));
    expect(found.map((line) => line.replace(/^spec\.ingress\.rules\[\d\]: /, ""))).toEqual(
      words === "" ? [] : [words],
    );
  });

  test("several together, of other policies too", () => {
    const spec = (cidr: string, more: string) =>
      `{priority: 1, ingress: {rules: [{name: r, action: Deny, from: [{ipBlock: {cidr: ${cidr}}}]}]}${more}}`;
    const own =
      "{networkSelector: {names: [db]}, ingress: {rules: [{name: half, action: Deny, from: [{ipBlock: {cidr: 10.128.0.0/9}}]}, {action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}}";
    const found = (more: string) =>
      warnings(policy("own", own), [], policy("other", spec("10.0.0.0/9", more)));
    expect(found("")).toEqual([
      "spec.ingress.rules[1]: never decides: rules r of FleetPolicy/other and half come before it and together match all that it matches; move it up, or remove it",
    ]);
    expect(found(", networkSelector: {names: [web]}")).toEqual([]);
  });

  test("the words", () => {
    expect(
      warnings(policy("a", anyNetwork("{name: x, action: Deny}, {action: Allow}, {action: Deny}"))),
    ).toEqual([
      "spec.ingress.rules[1]: never decides: rule x comes before it and says Deny to all that it matches; move it up, or remove it",
      "spec.ingress.rules[2]: is redundant: rule x comes before it and says Deny to all that it matches; remove it",
    ]);
  });

  test.for([
    ["{tier: Guardrail, ingress: {rules: [{action: Deny}]}}", true],
    ["{priority: 1, networkSelector: {names: ['d*']}, ingress: {rules: [{action: Deny}]}}", true],
    ["{priority: 1, networkSelector: {names: [db, x]}, ingress: {rules: [{action: Deny}]}}", true],
    ["{priority: 1, hostSelector: {}, ingress: {rules: [{action: Deny}]}}", true],
    ["{priority: 900, ingress: {rules: [{action: Deny}]}}", false],
    ["{priority: 1, ingress: {rules: [{action: Deny}, {action: Pass, ports: [{port: 1}]}]}}", true],
    ["{tier: Guardrail, ingress: {rules: [{action: Pass}, {action: Deny}]}}", false],
    [
      "{tier: Guardrail, egress: {rules: [{action: Pass}]}, ingress: {rules: [{action: Deny}]}}",
      true,
    ],
    ["{tier: Guardrail, egress: {rules: [{action: Deny}]}}", false],
    [
      "{tier: Guardrail, networkSelector: {names: ['x*']}, ingress: {rules: [{action: Deny}]}}",
      false,
    ],
    [
      "{tier: Guardrail, networkSelector: {matchLabels: {a: b}}, ingress: {rules: [{action: Deny}]}}",
      false,
    ],
    [
      "{tier: Guardrail, hostSelector: {matchLabels: {a: b}}, ingress: {rules: [{action: Deny}]}}",
      false,
    ],
    ["{tier: Guardrail, ingress: {defaultAction: Deny}}", false],
  ] as const)("by another policy: %s", ([spec, isShadowed]) => {
    const own = policy(
      "own",
      "{networkSelector: {names: [db]}, ingress: {rules: [{action: Allow, ports: [{port: 1}]}]}}",
    );
    expect(warnings(own, [], policy("other", spec))).toEqual(
      isShadowed
        ? [
            "spec.ingress.rules[0]: never decides: rule rules[0] of FleetPolicy/other comes before it and says Deny to all that it matches; give this policy a lower priority number, narrow that rule, or remove this one",
          ]
        : [],
    );
  });
});

test.for([
  ["containerSelector: {names: [db]}", "containerSelector: {names: ['d*']}", true],
  ["containerSelector: {names: [db]}", "networkSelector: {}", true],
  ["networkSelector: {}", "containerSelector: {names: [db]}", false],
  ["containerSelector: {names: [db]}", "containerSelector: {names: [web]}", false],
  ["containerSelector: {names: [db]}", "mode: Audit", false],
  ["interfaces: [eth1]", "interfaces: [eth0, eth1]", true],
  ["interfaces: [eth0, eth1]", "interfaces: [eth1]", false],
  ["interfaces: [eth1]", "networkSelector: {}", false],
] as const)("a rule for %s, behind one for %s: %s", ([own, other, isShadowed]) => {
  const spec = (target: string, action: string, priority: number) =>
    `{priority: ${String(priority)}, ${target}, ingress: {rules: [{action: ${action}}]}}`;
  const found = warnings(
    policy("a", spec(own, "Allow", 2)),
    [],
    policy("b", spec(other, "Deny", 1)),
  );
  expect(found).toHaveLength(isShadowed ? 1 : 0);
});

test.for([
  ["host: true", "host: true", 1],
  ["host: true", "", 0],
  ["", "host: true", 1],
] as const)(
  "egress with %j, behind egress with %j: %s rule never decides",
  ([own, other, count]) => {
    const spec = (host: string, action: string, priority: number) =>
      `{priority: ${String(priority)}, egress: {${host === "" ? "" : `${host}, `}rules: [{action: ${action}}]}}`;
    const found = warnings(
      policy("a", spec(own, "Allow", 2)),
      [],
      policy("b", spec(other, "Deny", 1)),
    );
    expect(found).toHaveLength(count);
  },
);

describe("egress that cuts DNS", () => {
  const allow = (ports: string) =>
    `{egress: {defaultAction: Deny, rules: [{action: Allow, ports: [${ports}]}]}}`;
  const at = "spec.egress.defaultAction: no rule allows";
  test.for([
    [
      "{egress: {defaultAction: Reject}}",
      [
        `${at} UDP and TCP port 53, so containers cannot resolve names outside Docker: allow it to your resolvers`,
      ],
    ],
    [
      allow("{protocol: UDP, port: 53}"),
      [
        `${at} TCP port 53, so containers cannot resolve names with long answers: allow it to your resolvers`,
      ],
    ],
    [allow("{protocol: UDP}, {protocol: TCP, port: 1, endPort: 100}"), []],
    ["{egress: {defaultAction: Allow}}", []],
    ["{ingress: {defaultAction: Deny}}", []],
    // By a rule.
    [
      "{egress: {rules: [{action: Deny}]}}",
      [
        "spec.egress.rules[0]: denies UDP and TCP port 53 to everywhere, so containers cannot resolve names outside Docker: allow it to your resolvers in a rule before this one",
      ],
    ],
    [
      "{egress: {rules: [{action: Reject, ports: [{protocol: UDP, port: 53}]}]}}",
      [
        "spec.egress.rules[0]: denies UDP port 53 to everywhere, so containers cannot resolve names outside Docker: allow it to your resolvers in a rule before this one",
      ],
    ],
    [
      "{egress: {rules: [{action: Deny, to: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]}]}}",
      [
        "spec.egress.rules[0]: denies UDP and TCP port 53 to everywhere, so containers cannot resolve names outside Docker: allow it to your resolvers in a rule before this one",
      ],
    ],
    [
      "{egress: {defaultAction: Deny, rules: [{action: Deny, ports: [{protocol: UDP}]}, {action: Allow}]}}",
      [
        "spec.egress.rules[0]: denies UDP port 53 to everywhere, so containers cannot resolve names outside Docker: allow it to your resolvers in a rule before this one",
      ],
    ],
    [
      "{egress: {rules: [{action: Allow, to: [{ipBlock: {cidr: 192.0.2.53/32}}, {ipBlock: {cidr: '2001:db8::53/128'}}], ports: [{protocol: UDP, port: 53}, {port: 53}]}, {action: Deny}]}}",
      [],
    ],
    ["{egress: {rules: [{action: Deny, to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}}", []],
    ["{egress: {rules: [{action: Deny, ports: [{port: 25}]}]}}", []],
    // The rest of the tier is passed over, and no default denies.
    ["{egress: {rules: [{action: Pass}, {action: Deny}]}}", "passed"],
    // Containers are not asked about there.
    ["{interfaces: [eth1], egress: {defaultAction: Deny}}", []],
    [
      "{egress: {defaultAction: Deny, rules: [{action: Allow, to: [{hostSelector: {}}], ports: [{protocol: UDP, port: 53}, {port: 53}]}]}}",
      [],
    ],
  ] as const)("%s", ([spec, expected]) => {
    const found = warnings(policy("a", spec));
    if (expected === "passed") expect(found.filter((line) => line.includes("53"))).toEqual([]);
    else expect(found).toEqual(expected);
  });

  test("a rule of another policy that is judged before", () => {
    const dns =
      "{tier: Guardrail, egress: {rules: [{action: Allow, ports: [{protocol: UDP, port: 53}, {port: 53}]}]}}";
    const closed = policy("a", "{egress: {rules: [{action: Deny}]}}");
    expect(warnings(closed, [], policy("dns", dns))).toEqual([]);
    expect(warnings(closed, [], policy("dns", dns.replace("Guardrail", "Baseline")))).toHaveLength(
      1,
    );
  });

  test("another policy with the same reach allows it", () => {
    const dns = policy(
      "dns",
      "{egress: {rules: [{action: Allow, ports: [{protocol: UDP, port: 53}, {port: 53}]}]}}",
    );
    expect(warnings(policy("a", "{egress: {defaultAction: Deny}}"), [], dns)).toEqual([]);
  });
});

describe("groups", () => {
  const spec = "{ingress: {rules: [{action: Allow, from: [{addressGroup: g}]}]}}";
  test("empty: said once", () => {
    expect(warnings(policy("a", spec), [], group("g", ""))).toEqual([
      "spec.ingress.rules[0].from[0].addressGroup: AddressGroup/g is empty and matches nothing: fill it, or remove it from this rule",
    ]);
  });
  test("not empty, and not known", () => {
    expect(warnings(policy("a", spec), [], group("g", "10.0.0.0/8"))).toEqual([]);
    expect(warnings(policy("a", spec))).toEqual([]);
  });
});

describe("selectors, where the hosts are known", () => {
  const network = {
    id: "1",
    driver: "bridge",
    bridge: "br-1",
    subnets: [],
    labels: {},
    internal: false,
  };
  const host = (name: string, labels: Labels, networks: readonly DockerNetwork[]): HostFacts => ({
    ...{ name, labels, mode: "Enforce", addresses: [] },
    view: viewOfNetworks(networks),
  });
  const hosts = [
    host("a", { env: "prod" }, [{ ...network, name: "db" }]),
    host("b", { env: "prod" }, []),
    host("c", { env: "new" }, []),
  ];
  test.for([
    [
      "{hostSelector: {matchLabels: {env: dev}}, ingress: {}}",
      [
        "spec.hostSelector: selects none of the fleet's hosts (3): compare with `seawall get hosts -o wide`",
      ],
    ],
    [
      "{networkSelector: {names: [bd]}, ingress: {}}",
      [
        "spec.networkSelector: selects no network of the hosts that it is for (1 reported theirs): compare with `seawall get networks`",
      ],
    ],
    ["{networkSelector: {names: [db]}, ingress: {}}", []],
    // Nothing is known of its networks yet.
    ["{hostSelector: {matchLabels: {env: new}}, networkSelector: {names: [db]}, ingress: {}}", []],
  ] as const)("%s", ([spec, expected]) => {
    expect(warnings(policy("a", spec), hosts)).toEqual(expected);
    expect(warnings(policy("a", spec))).toEqual([]);
  });
});
