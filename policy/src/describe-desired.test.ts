import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { describeDesired } from "./describe-desired.ts";
import type { DesiredState } from "./desired-state.ts";
import { diffDesired } from "./diff-desired.ts";
import { parseManifests } from "./parse-manifests.ts";

function desired(...specs: readonly string[]): DesiredState {
  const content = specs
    .map(
      (spec, index) =>
        `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p${String(index)}}\nspec: ${spec}\n`,
    )
    .join("---\n");
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  return compile(
    resources.map(({ resource }) => resource),
    [],
    { name: "h", labels: {}, mode: "Enforce" },
  );
}

test("a line for each policy, rule and default", () => {
  const state = desired(
    `
  networkSelector: {names: [web, "shop_*"], matchLabels: {project: shop}}
  ingress:
    defaultAction: Deny
    rules:
      - {name: app-to-mysql, action: Allow, from: [{ipBlock: {cidr: 10.20.0.0/16}}], ports: [{port: 3306}]}
      - {action: Reject, ports: [{publishedPort: 8080, endPort: 8090}, {protocol: UDP}, {protocol: ICMP}]}
      - {name: both, action: Allow, from: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: "2001:db8::/32"}}]}
  egress:
    rules:
      - {name: dns, action: Allow, to: [{ipBlock: {cidr: 192.0.2.53/32}}], ports: [{protocol: UDP, port: 53}]}`,
    "{tier: Guardrail, priority: 3, egress: {defaultAction: Reject}}",
  );
  expect(describeDesired(state)).toEqual([
    "p1: Guardrail, priority 3, on every network",
    "p1 egress default: Reject on every network",
    "p0: Standard, priority 500, on shop_* or web with project=shop",
    "p0 ingress app-to-mysql: Allow from 10.20.0.0/16 to TCP/3306 on shop_* or web with project=shop",
    "p0 ingress rules[1]: Reject from anywhere to UDP, published TCP/8080-8090, ICMP on shop_* or web with project=shop",
    "p0 ingress both: Allow from 10.0.0.0/8, 2001:db8::/32 to every port on shop_* or web with project=shop",
    "p0 ingress default: Deny on shop_* or web with project=shop",
    "p0 egress dns: Allow to 192.0.2.53/32 at UDP/53 on shop_* or web with project=shop",
    "p0 egress default: Allow on shop_* or web with project=shop",
  ]);
});

test("networks as peers", () => {
  const peers =
    "from: [{networkSelector: {names: [b, a]}}, {networkSelector: {matchLabels: {x: y}}}";
  const state = desired(
    `{ingress: {rules: [{action: Allow, ${peers}]}, {action: Pass, ${peers}, {ipBlock: {cidr: 10.0.0.0/8}}]}]}}`,
  );
  expect(describeDesired(state).slice(1, 3)).toEqual([
    "p0 ingress rules[0]: Allow from network every network with x=y; network a or b to every port on every network",
    "p0 ingress rules[1]: Pass from 10.0.0.0/8; network every network with x=y; network a or b to every port on every network",
  ]);
});

test("containers, both ends of internal, the host, interfaces, Audit and log", () => {
  const state = desired(
    `
  mode: Audit
  networkSelector: {names: [shop]}
  containerSelector: {names: ["db-*"]}
  internal: {rules: [{name: a, action: Allow, log: true, from: [{containerSelector: {matchLabels: {x: y}}}], to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
  egress: {host: true}`,
    "{interfaces: [eth1, eth0], ingress: {defaultAction: Deny}}",
  );
  expect(describeDesired(state)).toEqual([
    "p0: Standard, priority 500, on db-* of shop, in Audit",
    "p0 egress default: Allow on db-* of shop",
    "p0 internal a: Allow and log from container every container with x=y to 10.0.0.0/8 to every port on db-* of shop",
    "p0 internal default: Allow on db-* of shop",
    "p0 egress: also to the host itself on db-* of shop",
    "p1: Standard, priority 500, on interface eth0 or eth1",
    "p1 ingress default: Deny on interface eth0 or eth1",
  ]);
});

test("a name that reads like two is not taken for two", () => {
  const lines = (names: string) =>
    describeDesired(desired(`{networkSelector: {names: [${names}]}, ingress: {}}`))[0];
  expect(lines("a, b")).toBe("p0: Standard, priority 500, on a or b");
  expect(lines("a or b")).toBe('p0: Standard, priority 500, on "a or b"');
});

describe("long address lists", () => {
  const state = (
    last: number,
    v4 = Array.from({ length: last }, (_, index) => `10.0.${String(index)}.0/32`),
  ): DesiredState => ({
    policies: [
      {
        name: "p",
        tier: "Standard",
        priority: 1,
        networkSelector: {},
        ingress: {
          defaultAction: "Allow",
          rules: [{ name: "r", action: "Deny", from: { addresses: { v4, v6: [] } } }],
        },
      },
    ],
  });

  test("are told by their beginning, length and digest", () => {
    expect(describeDesired(state(9))[1]).toMatch(
      /^p ingress r: Deny from 10\.0\.0\.0\/32, 10\.0\.1\.0\/32, 10\.0\.2\.0\/32 and 6 more CIDRs \(sha256 [0-9a-f]{12}\) to every port on every network$/,
    );
  });

  test("differ in their line when one address behind the beginning does", () => {
    const list = Array.from({ length: 20 }, (_, index) => `10.0.${String(index)}.0/32`);
    const { added, removed } = diffDesired(state(0, list), state(0, list.with(19, "10.9.0.0/32")));
    expect([added.length, removed.length]).toEqual([1, 1]);
  });

  test("an empty list is nowhere", () => {
    expect(describeDesired(state(0))[1]).toBe(
      "p ingress r: Deny from nowhere to every port on every network",
    );
  });
});

describe("diffDesired", () => {
  const rules = (names: string) =>
    `{ingress: {rules: [${names
      .split("")
      .map((name) => `{name: ${name}, action: Deny}`)
      .join(", ")}]}}`;
  const short = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/^p0 ingress (\w+): .*$/, "$1"));

  test.for<[string, string, string[], string[]]>([
    ["abc", "abc", [], []],
    ["ab", "axb", ["x"], []],
    ["abc", "ac", [], ["b"]],
    ["abc", "cab", ["c"], ["c"]],
    ["abcd", "abdc", ["d"], ["d"]],
    ["ab", "xy", ["x", "y"], ["a", "b"]],
  ])("rules %s to %s: added %j, removed %j", ([before, after, added, removed]) => {
    const diff = diffDesired(desired(rules(before)), desired(rules(after)));
    expect({
      added: short(diff.added).toSorted(),
      removed: short(diff.removed).toSorted(),
    }).toEqual({ added, removed });
  });

  test("a host that had nothing", () => {
    expect(diffDesired(undefined, desired("{ingress: {defaultAction: Deny}}"))).toEqual({
      added: [
        "p0: Standard, priority 500, on every network",
        "p0 ingress default: Deny on every network",
      ],
      removed: [],
    });
  });

  test("another priority that changes what is judged first", () => {
    const diff = diffDesired(
      desired(
        "{ingress: {rules: [{name: a, action: Allow}]}}",
        "{ingress: {rules: [{name: b, action: Deny}]}}",
      ),
      desired(
        "{priority: 600, ingress: {rules: [{name: a, action: Allow}]}}",
        "{ingress: {rules: [{name: b, action: Deny}]}}",
      ),
    );
    expect(diff.added).toContain("p0: Standard, priority 600, on every network");
    expect(diff.removed.length).toBeGreaterThan(1);
  });
});
