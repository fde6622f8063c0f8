import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, compilerOf } from "./compile.ts";
import type { DesiredState } from "./desired-state.ts";
import { featuresOf, knownFeatures } from "./features.ts";
import { parseManifests } from "./parse-manifests.ts";
import type { Resource } from "./resource.ts";

function parse(content: string): readonly Resource[] {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  return resources.map(({ resource }) => resource);
}

function policy(name: string, spec: string): string {
  return `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
}

function group(name: string, cidrs: string): string {
  return `apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: ${name}}\nspec: {cidrs: [${cidrs}]}\n---\n`;
}

const host = { name: "shop-01", labels: { env: "prod", role: "db" }, mode: "Enforce" } as const;

const fleet = [
  { labels: { role: "app" }, addresses: ["192.0.2.11/32", "2001:db8::11/128"] },
  { labels: { role: "app", env: "prod" }, addresses: ["192.0.2.12/32"] },
  { labels: { role: "db" }, addresses: ["192.0.2.21/32"] },
  { labels: { role: "idle" }, addresses: [] },
];

function compiled(content: string): DesiredState {
  return compile(parse(content), fleet, host);
}

test("a whole policy, with every default in place", () => {
  const state = compiled(
    group("office", '"2001:db8:7::/48", 198.51.100.0/24') +
      policy(
        "protect-mysql",
        `
  hostSelector: {matchLabels: {env: prod}}
  networkSelector: {names: ["shop_*", shop_backend, "shop_*"], matchLabels: {b: "1", a: "2"}}
  ingress:
    defaultAction: Deny
    rules:
      - {name: office, action: Allow, from: [{addressGroup: office}], ports: [{port: 3306}]}
      - {action: Reject}
  egress: {}`,
      ),
  );
  expect(state).toEqual({
    policies: [
      {
        name: "protect-mysql",
        tier: "Standard",
        priority: 500,
        networkSelector: {
          names: ["shop_*", "shop_backend"],
          labels: { matchLabels: { a: "2", b: "1" } },
        },
        ingress: {
          defaultAction: "Deny",
          rules: [
            {
              name: "office",
              action: "Allow",
              from: { addresses: { v4: ["198.51.100.0/24"], v6: ["2001:db8:7::/48"] } },
              ports: [{ kind: "port", protocol: "TCP", ports: { first: 3306, last: 3306 } }],
            },
            { name: "rules[1]", action: "Reject" },
          ],
        },
        egress: { defaultAction: "Allow", rules: [] },
      },
    ],
  });
});

test("only policies that select the host, in the order in which they are judged", () => {
  const state = compiled(
    [
      policy("b", "{ingress: {}}"),
      policy("a", "{ingress: {}}"),
      policy("late", "{tier: Baseline, priority: 0, ingress: {}}"),
      policy("first", "{tier: Guardrail, priority: 1000, ingress: {}}"),
      policy("early", "{priority: 9, ingress: {}}"),
      policy("later", "{priority: 1000, ingress: {}}"),
      policy("elsewhere", "{hostSelector: {matchLabels: {env: dev}}, ingress: {}}"),
    ].join(""),
  );
  expect(state.policies.map(({ name }) => name)).toEqual([
    "first",
    "early",
    "a",
    "b",
    "later",
    "late",
  ]);
});

describe("addresses", () => {
  function addresses(peers: string) {
    const groups = group("office", "198.51.100.0/25, 198.51.100.128/25") + group("nobody", "");
    const state = compiled(groups + policy("p", `{ingress: {rules: [{action: Deny, ${peers}}]}}`));
    return state.policies[0]?.ingress?.rules[0]?.from?.addresses;
  }
  test.for<{ why: string; peers: string; expected: unknown }>([
    { why: "none named: anywhere", peers: "", expected: undefined },
    {
      why: "a group",
      peers: "from: [{addressGroup: office}]",
      expected: { v4: ["198.51.100.0/24"], v6: [] },
    },
    {
      why: "an empty group: nowhere, and not anywhere",
      peers: "from: [{addressGroup: nobody}]",
      expected: { v4: [], v6: [] },
    },
    {
      why: "several peers: any of them",
      peers:
        'from: [{addressGroup: nobody}, {ipBlock: {cidr: 10.0.1.0/24}}, {ipBlock: {cidr: 10.0.0.0/24}}, {ipBlock: {cidr: "::/0"}}]',
      expected: { v4: ["10.0.0.0/23"], v6: ["::/0"] },
    },
    {
      why: "except is taken from its own block only",
      peers:
        "from: [{ipBlock: {cidr: 10.0.0.0/23, except: [10.0.1.0/24]}}, {ipBlock: {cidr: 10.0.1.128/25}}]",
      expected: { v4: ["10.0.0.0/24", "10.0.1.128/25"], v6: [] },
    },
  ])("$why", ({ peers, expected }) => {
    expect(addresses(peers)).toEqual(expected);
  });
});

test.for([
  ["{}", ["192.0.2.11/32", "192.0.2.12/32", "192.0.2.21/32"], ["2001:db8::11/128"]],
  ["{matchLabels: {role: app}}", ["192.0.2.11/32", "192.0.2.12/32"], ["2001:db8::11/128"]],
  ["{matchExpressions: [{key: env, operator: Exists}]}", ["192.0.2.12/32"], []],
  ["{matchLabels: {role: idle}}", [], []],
  ["{matchLabels: {role: gone}}", [], []],
] as const)("hosts of the fleet as peers: %s are %j and %j", ([selector, v4, v6]) => {
  const state = compiled(
    policy("p", `{ingress: {rules: [{action: Deny, from: [{hostSelector: ${selector}}]}]}}`),
  );
  expect(state.policies[0]?.ingress?.rules[0]?.from).toEqual({ addresses: { v4, v6 } });
});

test("on a host in Audit every policy is", () => {
  const tree = parse(policy("a", "{ingress: {}}") + policy("b", "{mode: Audit, egress: {}}"));
  const modes = (mode: "Enforce" | "Audit") =>
    compile(tree, [], { ...host, mode }).policies.map((one) => one.mode);
  expect(modes("Enforce")).toEqual([undefined, "Audit"]);
  expect(modes("Audit")).toEqual(["Audit", "Audit"]);
});

describe("what was not validated is a bug, not an opening", () => {
  test.for([
    [
      "{ingress: {rules: [{action: Deny, from: [{addressGroup: gone}]}]}}",
      'addressGroup "gone" is not in the tree',
    ],
  ])("%s", ([spec, message]) => {
    expect(() => compiled(policy("p", spec ?? ""))).toThrow(message);
  });
});

test("a compiler for many hosts says for each what compile says", () => {
  const tree = parse(
    group("office", "198.51.100.0/24") +
      policy("a", "{ingress: {rules: [{action: Allow, from: [{addressGroup: office}]}]}}") +
      policy("b", "{hostSelector: {matchLabels: {env: dev}}, egress: {defaultAction: Deny}}"),
  );
  const compiler = compilerOf(tree, []);
  for (const env of ["prod", "dev", "prod"]) {
    const one = { ...host, labels: { env } };
    expect(compiler(one)).toEqual(compile(tree, [], one));
  }
});

test("10,000 hosts of a fleet with a large group are compiled in no time", () => {
  const cidrs = Array.from(
    { length: 5000 },
    (_, index) => `10.${index >> 7}.${(index & 127) * 2}.0/24`,
  );
  const tree = parse(
    group("large", cidrs.join(", ")) +
      policy("a", "{ingress: {rules: [{action: Allow, from: [{addressGroup: large}]}]}}"),
  );
  const start = performance.now();
  const compiler = compilerOf(tree, []);
  for (let index = 0; index < 10_000; index += 1) {
    compiler({ ...host, name: `host-${index}` });
  }
  expect(performance.now() - start).toBeLessThan(2000);
});

test("no resource, no policy; and a RolloutStrategy changes nothing", () => {
  expect(compile([], [], host)).toEqual({ policies: [] });
  const strategy = "apiVersion: seawall/v1\nkind: RolloutStrategy\nmetadata: {name: a}\nspec: {}\n";
  expect(compiled(strategy)).toEqual({ policies: [] });
});

test("the first version's features are required by nobody", () => {
  expect(featuresOf(compiled(policy("p", "{ingress: {}}")))).toEqual([]);
});

test("networks stand beside addresses, once each, in one order", () => {
  const peers = [
    "{networkSelector: {names: [b, a]}}",
    "{ipBlock: {cidr: 10.0.0.0/8}}",
    "{networkSelector: {matchLabels: {x: y}}}",
    "{networkSelector: {names: [a, b]}}",
  ];
  const rulesOf = (list: readonly string[]) =>
    compiled(policy("p", `{ingress: {rules: [{action: Allow, from: [${list.join()}]}]}}`))
      .policies[0]?.ingress?.rules;
  const networks = [{ labels: { matchLabels: { x: "y" } } }, { names: ["a", "b"] }];
  expect(rulesOf(peers)).toMatchObject([
    { from: { addresses: { v4: ["10.0.0.0/8"], v6: [] }, networks } },
  ]);
  expect(rulesOf(peers.toReversed())).toEqual(rulesOf(peers));
  expect(rulesOf(["{networkSelector: {}}"])).toMatchObject([
    { from: { addresses: { v4: [], v6: [] }, networks: [{}] } },
  ]);
});

test.for([
  ["{ingress: {rules: [{action: Pass}]}}", "pass"],
  ["{egress: {rules: [{action: Allow}, {action: Pass}]}}", "pass"],
  ["{ingress: {rules: [{action: Allow, from: [{networkSelector: {}}]}]}}", "networkPeers"],
  ["{egress: {rules: [{action: Allow, to: [{containerSelector: {}}]}]}}", "containerPeers"],
  ["{containerSelector: {}, ingress: {}}", "containerSelector"],
  ["{interfaces: [eth1], ingress: {}}", "interfaces"],
  ["{internal: {}}", "internal"],
  ["{egress: {host: true}}", "egressHost"],
  ["{mode: Audit, ingress: {}}", "audit"],
  ["{ingress: {rules: [{action: Deny, log: true}]}}", "log"],
  ["{ingress: {}, tests: [{from: 10.0.0.1, to: {network: a}, expect: Allow}]}", "tests"],
])("%s requires %s", ([spec, feature]) => {
  const desired = compiled(policy("p", spec ?? ""));
  expect(featuresOf(desired)).toEqual([feature]);
  expect(knownFeatures).toContain(feature);
});

test("the order of resources, peers, ports and lists of values changes not one byte", () => {
  const cidr = fc.constantFrom(
    "10.0.0.0/24",
    "10.0.1.0/24",
    "10.0.0.0/8",
    "2001:db8::/32",
    "2001:db8:7::/48",
  );
  const peer = fc.oneof(
    cidr.map((block) => ({ ipBlock: { cidr: block } })),
    fc.constantFrom("one", "two").map((name) => ({ addressGroup: name })),
  );
  const port = fc
    .tuple(
      fc.constantFrom("TCP" as const, "UDP" as const),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(5),
    )
    .map(([protocol, first, more]) => ({ protocol, port: first, endPort: first + more }));
  const spec = fc.record({
    tier: fc.constantFrom("Guardrail" as const, "Standard" as const),
    priority: fc.integer({ min: 0, max: 2 }),
    networkSelector: fc.record({
      names: fc.array(fc.constantFrom("a", "b*", "c"), { minLength: 1, maxLength: 3 }),
      matchExpressions: fc.array(
        fc.record({
          key: fc.constantFrom("k", "l"),
          operator: fc.constant("In" as const),
          values: fc.array(fc.constantFrom("x", "y", "z"), { minLength: 1, maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    from: fc.array(peer, { minLength: 1, maxLength: 4 }),
    ports: fc.array(port, { minLength: 1, maxLength: 4 }),
  });
  const groups: readonly Resource[] = parse(
    group("one", "192.0.2.0/24") + group("two", "198.51.100.0/24, 10.0.1.0/25"),
  );
  type Spec = typeof spec extends fc.Arbitrary<infer T> ? T : never;
  const build = (
    specs: readonly Spec[],
    turn: <T>(list: readonly T[]) => readonly T[],
  ): readonly Resource[] =>
    turn([
      ...groups,
      ...specs.map(
        ({ tier, priority, networkSelector, from, ports }, index): Resource => ({
          apiVersion: "seawall/v1",
          kind: "FleetPolicy",
          metadata: { name: `p${String(index)}` },
          spec: {
            tier,
            priority,
            networkSelector: {
              names: turn(networkSelector.names),
              matchExpressions: turn(networkSelector.matchExpressions).map((one) => ({
                ...one,
                values: turn(one.values),
              })),
            },
            ingress: { rules: [{ action: "Allow", from: turn(from), ports: turn(ports) }] },
          },
        }),
      ),
    ]);
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 5 }), (specs) => {
      const straight = compile(
        build(specs, (list) => list),
        [],
        host,
      );
      const turned = compile(
        build(specs, (list) => list.toReversed()),
        [],
        host,
      );
      expect(JSON.stringify(turned)).toBe(JSON.stringify(straight));
    }),
  );
});
