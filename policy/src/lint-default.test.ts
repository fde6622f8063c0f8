import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "./cidr.ts";
import { compile } from "./compile.ts";
import { factsOfHost, type HostFacts } from "./facts.ts";
import { lint } from "./lint.ts";
import { parseManifests } from "./parse-manifests.ts";
import { resolve } from "./resolve.ts";
import { simulate } from "./simulate.ts";

function policy(name: string, spec: string): string {
  return `---\napiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

/** What is said of rules that change nothing, of the policy that stands first. */
function warnings(content: string, hosts: readonly HostFacts[] = []): readonly string[] {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  const tree = resources.map(({ resource }) => resource);
  return lint(tree, resources.slice(0, 1), { hosts, controller: { ports: [] } })
    .map(({ path, message }) => `${path}: ${message}`)
    .filter((line) => line.includes("anyway"));
}

const office = "from: [{ipBlock: {cidr: 198.51.100.0/24}}]";
const lab = "from: [{ipBlock: {cidr: 203.0.113.0/24}}]";
const allowed = (which: string) =>
  `${which} what is allowed anyway: no rule behind it and no default known here denies any of it; write defaultAction: Deny if all else is to be closed, or remove it`;

describe("an Allow of what is allowed anyway", () => {
  const open = `spec.ingress.rules[0]: ${allowed("allows")}`;
  test.for<[string, string, string[]]>([
    ["nothing denies", `{name: office, action: Allow, ${office}}`, [open]],
    [
      "behind what it is no exception from",
      "{name: telnet, action: Deny, ports: [{port: 23}]}, {name: rest, action: Allow}",
      [`spec.ingress.rules[1]: ${allowed("allows")}`],
    ],
    [
      "several are told as one",
      `{name: a, action: Allow, ${office}}, {name: c, action: Allow, ports: [{port: 1}]}`,
      [`spec.ingress.rules[0]: ${allowed("allows, as rule c does,")}`],
    ],
    // It is an exception.
    [
      "a rule behind it denies",
      `{action: Allow, ${office}}, {action: Deny, ports: [{port: 1}]}`,
      [],
    ],
    [
      "a rule behind it denies IPv6 only",
      `{action: Allow, ${office}}, {action: Deny, from: [{ipBlock: {cidr: '::/0'}}]}`,
      [open],
    ],
    [
      "a rule behind it denies others",
      `{action: Allow, ${office}}, {action: Deny, ${lab}}`,
      [open],
    ],
    [
      "a container has any address",
      `{action: Allow, ${office}}, {action: Deny, from: [{containerSelector: {names: [a]}}]}`,
      [],
    ],
    [
      "other ports",
      "{action: Allow, ports: [{port: 1, endPort: 9}]}, {action: Deny, ports: [{port: 10}, {protocol: UDP, port: 1}, {protocol: ICMP}]}",
      [open],
    ],
    [
      "a published port leads to any",
      "{action: Allow, ports: [{port: 1}]}, {action: Deny, ports: [{publishedPort: 2}]}",
      [],
    ],
    [
      "a rule behind it logs",
      `{action: Allow, ${office}}, {name: rest, action: Allow, log: true}`,
      [],
    ],
    // It has a purpose of its own.
    ["it logs", `{action: Allow, log: true, ${office}}`, []],
    ["it has a published port held", "{action: Allow, ports: [{publishedPort: 8080}]}", []],
    [
      "it has unknown addresses held",
      "{action: Allow, from: [{containerSelector: {names: [web]}}]}",
      [],
    ],
    ["it never decides anyway", "{action: Deny}, {action: Allow, ports: [{port: 1}]}", []],
  ])("%s", ([, rules, expected]) => {
    expect(warnings(policy("a", `{ingress: {rules: [${rules}]}}`))).toEqual(expected);
  });

  test.for<[string, string, boolean]>([
    ["{ingress: {defaultAction: Deny}}", "every network", false],
    ["{ingress: {defaultAction: Reject}}", "every network", false],
    ["{mode: Audit, ingress: {defaultAction: Deny}}", "only counted", false],
    [
      "{priority: 900, ingress: {rules: [{action: Deny, ports: [{port: 3306}]}]}}",
      "judged later",
      false,
    ],
    [
      "{priority: 100, ingress: {rules: [{action: Deny, ports: [{port: 3306}]}]}}",
      "judged before",
      true,
    ],
    ["{egress: {defaultAction: Deny}}", "another direction", true],
    [
      "{networkSelector: {names: [other]}, ingress: {defaultAction: Deny}}",
      "another network",
      true,
    ],
    [
      "{hostSelector: {matchLabels: {env: dev}}, ingress: {defaultAction: Deny}}",
      "other hosts",
      true,
    ],
    ["{interfaces: [eth1], ingress: {defaultAction: Deny}}", "outside Docker", true],
    ["{containerSelector: {names: [x]}, ingress: {defaultAction: Deny}}", "some containers", false],
  ])("beside %s: %s", ([other, , isTold]) => {
    const own = `{hostSelector: {matchLabels: {env: prod}}, networkSelector: {names: [shop]}, ingress: {rules: [{name: office, action: Allow, ${office}}]}}`;
    expect(warnings(policy("a", own) + policy("b", other))).toHaveLength(isTold ? 1 : 0);
  });

  test("nothing is said beside a policy that cannot be judged, for its group is not here", () => {
    const own = `{ingress: {rules: [{action: Allow, ${office}}]}}`;
    const other =
      "{ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{addressGroup: lab}]}]}}";
    expect(warnings(policy("a", own) + policy("b", other))).toEqual([]);
  });

  test("a Guardrail keeps teams from denying it, also those that come later", () => {
    expect(warnings(policy("a", "{tier: Guardrail, ingress: {rules: [{action: Allow}]}}"))).toEqual(
      [],
    );
  });

  test("a container on both networks joins them at its published ports", () => {
    const host = factsOfHost({
      metadata: { name: "a" },
      status: {
        networks: [{ name: "shop" }, { name: "other" }],
        containers: [
          {
            name: "web",
            attachments: [{ network: "shop" }, { network: "other" }],
            published: [{ hostPort: 80, containerPort: 80 }],
          },
        ],
      },
    });
    const both =
      policy("a", "{networkSelector: {names: [shop]}, ingress: {rules: [{action: Allow}]}}") +
      policy("b", "{networkSelector: {names: [other]}, ingress: {defaultAction: Deny}}");
    expect(warnings(both)).toHaveLength(1);
    expect(warnings(both, [host])).toEqual([]);
  });
});

describe("a Deny or Reject of what the default denies anyway", () => {
  test.for<[string, string, string[]]>([
    [
      "without a name of its own",
      `{ingress: {defaultAction: Deny, rules: [{name: office, action: Allow, ${office}}, {action: Deny, ports: [{port: 23}]}]}}`,
      [
        "spec.ingress.rules[1]: is redundant: defaultAction Deny denies all that it matches anyway, and no rule behind it allows any of it; remove it, or give it a name to count it by itself",
      ],
    ],
    [
      "Reject",
      "{ingress: {defaultAction: Reject, rules: [{action: Reject, ports: [{port: 23}]}]}}",
      [
        "spec.ingress.rules[0]: is redundant: defaultAction Reject denies all that it matches anyway, and no rule behind it allows any of it; remove it, or give it a name to count it by itself",
      ],
    ],
    [
      "of a published port, which is held before anybody publishes it",
      "{ingress: {defaultAction: Deny, rules: [{action: Deny, ports: [{publishedPort: 8080}]}]}}",
      [],
    ],
    [
      "from what a named one behind it counts",
      "{egress: {defaultAction: Deny, rules: [{action: Deny, to: [{ipBlock: {cidr: 10.0.0.0/8}}]}, {name: counted, action: Deny, to: [{ipBlock: {cidr: 10.0.0.0/7}}]}]}}",
      [],
    ],
    // Its counter and its flows have a name that somebody chose.
    [
      "with a name",
      "{ingress: {defaultAction: Deny, rules: [{name: telnet, action: Deny, ports: [{port: 23}]}]}}",
      [],
    ],
    [
      "the client sees another thing",
      "{ingress: {defaultAction: Deny, rules: [{action: Reject, ports: [{port: 23}]}]}}",
      [],
    ],
    [
      "an exception from what follows",
      "{ingress: {defaultAction: Deny, rules: [{action: Deny, ports: [{port: 23}]}, {action: Allow}]}}",
      [],
    ],
    [
      "a Pass behind it",
      "{ingress: {defaultAction: Deny, rules: [{action: Deny, ports: [{port: 23}]}, {action: Pass}]}}",
      [],
    ],
    [
      "what a Guardrail says, others may come to contradict",
      "{tier: Guardrail, ingress: {defaultAction: Deny, rules: [{action: Deny, ports: [{port: 23}]}]}}",
      [],
    ],
    [
      "counted by an audit",
      "{mode: Audit, ingress: {defaultAction: Deny, rules: [{action: Deny, ports: [{port: 23}]}]}}",
      [],
    ],
  ])("%s", ([, spec, expected]) => {
    expect(warnings(policy("a", spec))).toEqual(expected);
  });

  test.for<[string, boolean]>([
    ["{priority: 900, ingress: {rules: [{action: Allow}]}}", false],
    [
      "{priority: 100, ingress: {rules: [{action: Allow, ports: [{port: 23}], from: [{networkSelector: {}}]}]}}",
      true,
    ],
    ["{mode: Audit, priority: 900, ingress: {rules: [{action: Reject}]}}", false],
    ["{ingress: {defaultAction: Deny}}", false],
  ])("beside %s", ([other, isTold]) => {
    const own =
      "{ingress: {defaultAction: Reject, rules: [{action: Reject, ports: [{port: 23}]}]}}";
    expect(warnings(policy("a", own) + policy("b", other))).toHaveLength(isTold ? 1 : 0);
  });
});

/** Policies that meet in many ways, and every packet that they could tell apart. */
const drawnRule = fc.record({
  action: fc.constantFrom("Allow", "Deny", "Reject", "Pass"),
  ports: fc.constantFrom(
    "",
    "ports: [{port: 1}]",
    "ports: [{port: 1, endPort: 2}]",
    "ports: [{publishedPort: 8}]",
  ),
  from: fc.constantFrom("", office, lab, "from: [{containerSelector: {names: [other]}}]"),
});
const drawnPolicy = fc.record({
  tier: fc.constantFrom("Standard", "Baseline", "Guardrail"),
  priority: fc.constantFrom(100, 500),
  mode: fc.constantFrom("Enforce", "Enforce", "Audit"),
  target: fc.constantFrom(
    "networkSelector: {}",
    "networkSelector: {names: [shop]}",
    "networkSelector: {names: [other]}",
  ),
  defaultAction: fc.constantFrom("Allow", "Allow", "Deny", "Reject"),
  rules: fc.array(drawnRule, { minLength: 1, maxLength: 3 }),
});
type DrawnPolicy = typeof drawnPolicy extends fc.Arbitrary<infer One> ? One : never;

/** Of this one something may be told: it is enforced, is no Guardrail, and its last rule does what its default does. */
const drawnFirst = fc.tuple(drawnPolicy, drawnRule).map(
  ([drawn, last]): DrawnPolicy => ({
    ...drawn,
    mode: "Enforce",
    tier: drawn.tier === "Guardrail" ? "Standard" : drawn.tier,
    rules: [...drawn.rules, { ...last, action: drawn.defaultAction }],
  }),
);

function textOf({ tier, priority, mode, target, defaultAction, rules }: DrawnPolicy, name: string) {
  const written = rules.map(
    ({ action, ports, from }) =>
      `{${[`action: ${action}`, ports, from].filter((part) => part !== "").join(", ")}}`,
  );
  const list = written.length === 0 ? "" : `, rules: [${written.join(", ")}]`;
  return policy(
    name,
    `{tier: ${tier}, priority: ${String(priority)}, mode: ${mode}, ${target}, ingress: {defaultAction: ${defaultAction}${list}}}`,
  );
}

const shared = factsOfHost({
  metadata: { name: "a" },
  status: {
    networks: [
      { name: "shop", bridge: "br-a", subnets: ["10.1.0.0/16"] },
      { name: "other", bridge: "br-b", subnets: ["10.2.0.0/16"] },
    ],
    containers: [
      {
        name: "web",
        attachments: [
          { network: "shop", addresses: ["10.1.0.2"] },
          { network: "other", addresses: ["10.2.0.2"] },
        ],
        published: [{ hostPort: 8, containerPort: 1 }],
      },
      { name: "other", attachments: [{ network: "other", addresses: ["10.2.0.3"] }] },
    ],
  },
});

/** What becomes of each packet, and what an audit would deny of it. */
function verdicts(content: string): readonly string[] {
  const { resources } = parseManifests([{ name: "p.yaml", content }]);
  const tree = resources.map(({ resource }) => resource);
  const state = resolve(compile(tree, [shared], shared), shared.view);
  const ways = [
    { in: "eth0", source: "198.51.100.7" },
    { in: "eth0", source: "203.0.113.7" },
    { in: "eth0", source: "192.0.2.7" },
    { in: "br-b", source: "10.2.0.3" },
  ];
  return ways.flatMap(({ in: enters, source }) =>
    [1, 2, 3].flatMap((destinationPort) =>
      [{}, { publishedPort: 8 }, { publishedPort: 9 }].flatMap((published) =>
        ["br-a", "br-b"].map((out) => {
          const [from, to] = [source, out === "br-a" ? "10.1.0.2" : "10.2.0.2"].map(addressOf);
          if (from === undefined || to === undefined) throw new Error("two addresses were given");
          const { action, wouldDeny } = simulate(state, {
            ...{ protocol: "TCP", source: from, destination: to, destinationPort, ...published },
            ...{ in: enters, out },
          });
          return `${action} ${wouldDeny?.action ?? "-"}`;
        }),
      ),
    ),
  );
}

function addressOf(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

test("a rule that is told of can be taken away, and nothing changes for any packet", () => {
  let told = 0;
  fc.assert(
    fc.property(drawnFirst, fc.array(drawnPolicy, { maxLength: 2 }), (first, others) => {
      const drawn = [first, ...others];
      const names = drawn.map((_, index) => `p${String(index)}`);
      const text = (all: readonly DrawnPolicy[]) =>
        all.map((one, index) => textOf(one, names[index] ?? "")).join("");
      const before = text(drawn);
      for (const line of warnings(before, [shared])) {
        told += 1;
        const index = Number(/rules\[(\d+)\]/.exec(line)?.[1]);
        const without = drawn.map((one, at) =>
          at === 0 ? { ...one, rules: one.rules.filter((_, position) => position !== index) } : one,
        );
        expect(verdicts(text(without))).toEqual(verdicts(before));
      }
    }),
    { numRuns: 600 },
  );
  expect(told).toBeGreaterThan(100);
});
