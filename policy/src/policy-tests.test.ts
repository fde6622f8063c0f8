import { describe, expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { viewOfNetworks } from "./host-view.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests, type PolicyTestCase } from "./policy-tests.ts";
import { failureText, hostsText } from "./policy-tests-issues.ts";

function treeOf(content: string) {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  return resources.map(({ resource }) => resource);
}

function policy(name: string, spec: string): string {
  return `---\napiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}

function host(name: string, labels: Record<string, string>, ...networks: string[]): HostFacts {
  return {
    name,
    labels,
    mode: "Enforce",
    addresses: [],
    view: viewOfNetworks(
      networks.map((network) => {
        const [plain = "", driver = "bridge"] = network.split(":");
        return {
          id: plain,
          name: plain,
          driver,
          ...(driver === "bridge" ? { bridge: `br-${plain}` } : {}),
          subnets: [],
          labels: { of: plain },
          internal: false,
        };
      }),
    ),
  };
}

/** One line for each case: hosts, kind, and why. */
function linesOf(content: string, hosts: readonly HostFacts[] = []): readonly string[] {
  return judgePolicyTests(treeOf(content), hosts).flatMap((result) =>
    result.cases.map((one: PolicyTestCase) =>
      `${hostsText(one)} ${one.outcome.kind} ${one.outcome.kind === "Skipped" ? one.outcome.reason : failureText(result, one.outcome)}`.trimEnd(),
    ),
  );
}

const passed = ["an imagined host Passed"];

describe("what a test stands for", () => {
  const rules = `{defaultAction: Deny, rules: [
    {name: office, action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.7/32]}}], ports: [{port: 3306}]},
    {name: web, action: Allow, ports: [{publishedPort: 8080}]},
    {name: no-dns, action: Reject, ports: [{protocol: UDP, port: 53}]},
    {name: ping, action: Allow, ports: [{protocol: ICMP}]}]}`;

  test.for([
    ["{from: 198.51.100.9, to: {network: db, port: 3306}, expect: Allow}", "Passed"],
    [
      "{from: 198.51.100.7, to: {network: db, port: 3306, publishedPort: 3306}, expect: Deny}",
      "Passed",
    ],
    [
      "{from: 198.51.100.0/29, to: {network: db, port: 3306, publishedPort: 1}, expect: Allow}",
      "Failed 198.51.100.7 to db TCP/3306 published as 1, one of 198.51.100.0/29 to db TCP/3306 published as 1, must be Allow and is Deny: the ingress defaultAction of FleetPolicy/db decides",
    ],
    [
      "{from: 203.0.113.0/24, to: {network: db, port: 3306, publishedPort: 3306}, expect: Deny}",
      "Passed",
    ],
    // A container port alone: whatever it may be published as.
    [
      "{from: 203.0.113.7, to: {network: db, port: 3306}, expect: Deny}",
      "Failed 203.0.113.7 to db TCP/3306 published as 8080, one of 203.0.113.7 to db TCP/3306, must be Deny and is Allow: ingress rule web of FleetPolicy/db decides",
    ],
    // A published port alone: whichever container port it leads to.
    ["{from: 203.0.113.7, to: {network: db, publishedPort: 8080}, expect: Allow}", "Passed"],
    ["{from: 203.0.113.7, to: {network: db, publishedPort: 8081}, expect: Deny}", "Passed"],
    [
      "{from: 198.51.100.1, to: {network: db, publishedPort: 8081}, expect: Deny}",
      "Failed 198.51.100.1 to db TCP/3306 published as 8081, one of 198.51.100.1 to db TCP published as 8081, must be Deny and is Allow: ingress rule office of FleetPolicy/db decides",
    ],
    ["{from: '2001:db8::1', to: {network: db, port: 53, protocol: UDP}, expect: Reject}", "Passed"],
    [
      "{from: '2001:db8::1', to: {network: db, port: 53, protocol: UDP}, expect: Deny}",
      "Failed 2001:db8::1 to db UDP/53 must be Deny and is Reject: ingress rule no-dns of FleetPolicy/db decides",
    ],
    ["{from: 0.0.0.0/0, to: {network: db, protocol: ICMP}, expect: Allow}", "Passed"],
    [
      "{from: 192.0.2.1, to: {network: db}, expect: Deny}",
      "Failed 192.0.2.1 to db TCP/1 published as 8080, one of 192.0.2.1 to db, must be Deny and is Allow: ingress rule web of FleetPolicy/db decides",
    ],
    [
      "{from: 192.0.2.1, to: {network: db, protocol: UDP}, expect: Deny}",
      "Failed 192.0.2.1 to db UDP/53, one of 192.0.2.1 to db UDP, must be Deny and is Reject: ingress rule no-dns of FleetPolicy/db decides",
    ],
    ["{from: 192.0.2.1, to: {network: elsewhere}, expect: Allow}", "Passed"],
    [
      "{from: 192.0.2.1, to: {network: elsewhere, port: 1}, expect: Deny}",
      "Failed 192.0.2.1 to elsewhere TCP/1 must be Deny and is Allow: no rule matches and no policy that selects the network denies by default",
    ],
  ])("ingress %s", ([text, line]) => {
    const spec = `{networkSelector: {names: [db]}, ingress: ${rules}, tests: [${text ?? ""}]}`;
    expect(linesOf(policy("db", spec))).toEqual([`an imagined host ${line ?? ""}`]);
  });

  test.for([
    [
      "{from: {network: app}, to: {address: 192.0.2.53, port: 53, protocol: UDP}, expect: Allow}",
      "Passed",
    ],
    [
      "{from: {network: app}, to: {address: 192.0.2.0/24, port: 53, protocol: UDP}, expect: Allow}",
      "Failed app to 192.0.2.0 UDP/53, one of app to 192.0.2.0/24 UDP/53, must be Allow and is Reject: the egress defaultAction of FleetPolicy/app decides",
    ],
    ["{from: {network: app}, to: {address: 192.0.2.1}, expect: Reject}", "Passed"],
    ["{from: {network: app}, to: {address: '::/0'}, expect: Reject}", "Passed"],
  ])("egress %s", ([text, line]) => {
    const spec = `{networkSelector: {names: [app]}, egress: {defaultAction: Reject, rules: [{action: Allow, to: [{ipBlock: {cidr: 192.0.2.53/32}}], ports: [{protocol: UDP, port: 53}]}]}, tests: [${text ?? ""}]}`;
    expect(linesOf(policy("app", spec))).toEqual([`an imagined host ${line ?? ""}`]);
  });

  test.for([
    ["10.88.0.7", "Deny", "Failed"],
    ["10.88.0.7", "Allow", "Failed"],
    ["10.88.0.0/16", "Deny", "Failed"],
    ["10.89.0.7", "Deny", "Passed"],
  ])("a neighbour's address is behind its bridge, or elsewhere: %s %s %s", ([from, want, kind]) => {
    const [shop, other] = host("a", {}, "web", "other").view.networks;
    if (shop === undefined || other === undefined) throw new Error("two networks were asked for");
    const networks = [shop, { ...other, subnets: ["10.88.0.0/24"] }];
    const content =
      policy(
        "p",
        `{networkSelector: {names: [web]}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{networkSelector: {names: [other]}}]}]}, tests: [{from: ${String(from)}, to: {network: web}, expect: ${String(want)}}]}`,
      ) + policy("q", "{networkSelector: {names: [other]}, egress: {defaultAction: Deny}}");
    const [result] = judgePolicyTests(treeOf(content), [
      { ...host("a", {}), view: viewOfNetworks(networks) },
    ]);
    expect(result?.cases.map(({ outcome }) => outcome.kind)).toEqual([kind]);
  });

  test("more packets than can be tried are not taken to pass", () => {
    const rules = Array.from(
      { length: 80 },
      (_, n) =>
        `{action: Allow, from: [{ipBlock: {cidr: 10.0.${String(n)}.0/24}}], ports: [{port: ${String(1000 + 2 * n)}}]}`,
    ).join();
    const spec = `{ingress: {rules: [${rules}]}, tests: [{from: 10.0.0.0/8, to: {network: a, protocol: TCP}, expect: Allow}]}`;
    expect(linesOf(policy("many", spec))).toEqual([
      "an imagined host Unjudged stands for more than 4096 different packets: name a port or fewer addresses",
    ]);
  });
});

describe("which hosts judge", () => {
  const spec =
    "{hostSelector: {matchLabels: {env: prod}}, networkSelector: {names: [db]}, ingress: {defaultAction: Deny}, tests: [{from: 192.0.2.1, to: {network: db}, expect: Deny}]}";
  const open = policy(
    "open",
    "{hostSelector: {matchLabels: {legacy: yes}}, ingress: {rules: [{name: all, action: Allow}]}}".replace(
      "yes",
      '"yes"',
    ),
  );

  test("those the policy selects, all policies together, equal answers in one", () => {
    expect(
      linesOf(policy("db", spec) + open, [
        host("d", { env: "dev" }, "db"),
        host("c", { env: "prod" }, "db"),
        host("b", { env: "prod" }, "db", "more"),
        host("a", { env: "prod", legacy: "yes" }, "db"),
      ]),
    ).toEqual([
      "b, c Passed",
      "a Failed 192.0.2.1 to db TCP/1, one of 192.0.2.1 to db, must be Deny and is Allow: ingress rule all of FleetPolicy/open decides",
    ]);
  });

  test("a host without the network skips the test; without a bridge for it none can hold", () => {
    expect(
      linesOf(policy("db", spec), [
        host("a", { env: "prod" }, "db"),
        host("b", { env: "prod" }, "web"),
        host("c", { env: "prod" }, "db:macvlan"),
      ]),
    ).toEqual([
      "a Passed",
      'b Skipped has no network "db"',
      "c Ungoverned 192.0.2.1 to db must be Deny, and no policy governs it: traffic of networks of driver macvlan passes no bridge of this host: db; use a network of driver bridge, or filter where that traffic passes",
    ]);
  });

  test("where all skip, an imagined host judges", () => {
    expect(linesOf(policy("db", spec), [host("b", { env: "prod" })])).toEqual([
      'b Skipped has no network "db"',
      ...passed,
    ]);
    expect(linesOf(policy("db", spec), [host("b", { env: "dev" }, "db")])).toEqual(passed);
  });

  test.for([
    "{hostSelector: {matchExpressions: [{key: a, operator: In, values: [x, y]}, {key: a, operator: NotIn, values: [x]}, {key: b, operator: Exists}, {key: b, operator: NotIn, values: [any]}, {key: c, operator: DoesNotExist}]}",
    "{networkSelector: {names: ['d*'], matchLabels: {com.docker.compose.project: shop}}",
    "{networkSelector: {matchExpressions: [{key: 'a b', operator: Exists}]}",
  ])("the imagined host has the labels that it takes: %s", (selectors) => {
    const rest =
      "ingress: {defaultAction: Deny}, tests: [{from: 192.0.2.1, to: {network: db}, expect: Deny}]}";
    expect(linesOf(policy("db", `${selectors}, ${rest}`))).toEqual(passed);
  });

  test("a selector that contradicts itself", () => {
    const selector =
      "{hostSelector: {matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}";
    const rest = "tests: [{from: 192.0.2.1, to: {network: db}, expect: Deny}]}";
    expect(linesOf(policy("db", `${selector}, ${rest}`))).toEqual([
      "an imagined host Skipped no host can have all the labels of hostSelector",
    ]);
  });
});
