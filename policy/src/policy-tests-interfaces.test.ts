import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "./cidr.ts";
import { compile } from "./compile.ts";
import { factsOfHost, type HostFacts } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests } from "./policy-tests.ts";
import { failureText, hostsText } from "./policy-tests-issues.ts";
import { resolve } from "./resolve.ts";
import { type Packet, simulate } from "./simulate.ts";

/** eth1 is a laboratory's, wg0 a VPN's. */
const policies = (test: string) => `apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: lab}
spec:
  interfaces: [eth1]
  ingress:
    defaultAction: Deny
    rules: [{name: ssh, action: Allow, from: [{ipBlock: {cidr: 10.8.0.0/16}}], ports: [{port: 22}]}]
  tests: [${test}]
---
apiVersion: seawall/v1
kind: FleetPolicy
metadata: {name: vpn}
spec:
  interfaces: [wg0]
  egress: {rules: [{name: no-mail, action: Reject, ports: [{port: 25}]}]}
`;

function router(name: string, ...interfaces: readonly string[]): HostFacts {
  return factsOfHost({
    metadata: { name },
    status: {
      networks: [{ name: "shop", bridge: "br-shop", subnets: ["10.1.0.0/16"] }],
      interfaces: ["lo", "eth0", ...interfaces],
      addresses: ["192.0.2.10", "10.9.0.254"],
    },
  });
}

const own = router("r", "eth1", "wg0");

function judged(test: string, hosts: readonly HostFacts[] = [own], content = policies(test)) {
  const { resources, issues } = parseManifests([{ name: "p.yaml", content }]);
  expect(issues).toEqual([]);
  const tree = resources.map(({ resource }) => resource);
  return judgePolicyTests(tree, hosts).flatMap((result) =>
    result.cases.map((one) =>
      `${hostsText(one)} ${one.outcome.kind} ${one.outcome.kind === "Skipped" ? one.outcome.reason : failureText(result, one.outcome)}`.trimEnd(),
    ),
  );
}

describe("a test of what is forwarded between interfaces", () => {
  test.for([
    [
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 10.9.0.5, interface: eth1, port: 22}, expect: Allow}",
      "Passed",
    ],
    [
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 10.9.0.5, interface: eth1, port: 23}, expect: Deny}",
      "Passed",
    ],
    [
      "{from: {address: 10.8.0.0/15, interface: wg0}, to: {address: 10.9.0.5, interface: eth1, port: 22}, expect: Allow}",
      "Failed 10.9.0.0 (wg0) to 10.9.0.5 (eth1) TCP/22, one of 10.8.0.0/15 (wg0) to 10.9.0.5 (eth1) TCP/22, must be Allow and is Deny: the ingress defaultAction of FleetPolicy/lab decides",
    ],
    // An interface that is not named is any.
    [
      "{from: 203.0.113.7, to: {address: 10.9.0.0/24, interface: eth1}, expect: Deny}",
      "Failed 203.0.113.7 (wg0) to 10.9.0.0 (eth1) TCP/25, one of 203.0.113.7 to 10.9.0.0/24 (eth1), must be Deny and is Reject: egress rule no-mail of FleetPolicy/vpn decides",
    ],
    [
      "{from: 203.0.113.7, to: {address: 10.9.0.0/24, interface: eth1, port: 80}, expect: Deny}",
      "Passed",
    ],
    [
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 0.0.0.0/0, port: 25}, expect: Reject}",
      "Passed",
    ],
    [
      "{from: {address: 10.8.0.7, interface: eth0}, to: {address: 10.9.0.5, port: 23}, expect: Deny}",
      "Failed 10.8.0.7 (eth0) to 10.9.0.5 (another interface) TCP/23, one of 10.8.0.7 (eth0) to 10.9.0.5 TCP/23, must be Deny and is Allow: no rule matches and no policy that selects an interface it goes by denies by default",
    ],
    // Both IP versions, and every protocol.
    [
      "{from: {address: '2001:db8::/32', interface: eth0}, to: {address: '::/0', interface: eth1}, expect: Deny}",
      "Passed",
    ],
    // What comes to the host itself is not forwarded.
    [
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 10.9.0.254, port: 25}, expect: Deny}",
      "Skipped has the address itself: what comes there, or from there, is not forwarded",
    ],
    [
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 10.9.0.252/30, interface: eth1, port: 22}, expect: Allow}",
      "Passed",
    ],
    // Nor is what comes from it: all of this block but 192.0.2.10 is allowed.
    [
      "{from: {address: 192.0.2.10, interface: eth0}, to: {address: 10.9.0.5, interface: eth1, port: 23}, expect: Deny}",
      "Skipped has the address itself: what comes there, or from there, is not forwarded",
    ],
    // An address of a Docker network that somebody else has.
    [
      "{from: {address: 10.1.0.7, interface: wg0}, to: {address: 10.1.0.8, interface: eth1, port: 23}, expect: Deny}",
      "Passed",
    ],
    // Not there.
    [
      "{from: {address: 10.8.0.7, interface: tun0}, to: {address: 10.9.0.5}, expect: Deny}",
      'Skipped has no interface "tun0"',
    ],
    [
      "{from: {address: 10.8.0.7, interface: br-shop}, to: {address: 10.9.0.5}, expect: Deny}",
      'Skipped has "br-shop" as the bridge of network "shop"',
    ],
  ])("%s", ([text = "", expected = ""]) => {
    expect(judged(text)[0]).toBe(`r ${expected}`);
  });

  test("no host has the interface: an imagined one has all that the policy and the tests name", () => {
    const test =
      "{from: {address: 10.8.0.7, interface: eth7}, to: {address: 10.9.0.5, interface: eth1, port: 22}, expect: Allow}";
    const expected = ["an imagined host Passed"];
    expect(judged(test, [])).toEqual(expected);
    expect(judged(test, [own])).toEqual(['r Skipped has no interface "eth7"', ...expected]);
  });

  test("hosts that differ in their interfaces alone have answers of their own", () => {
    const test =
      "{from: {address: 10.8.0.7, interface: eth0}, to: {address: 10.9.0.5, port: 22, interface: eth2}, expect: Deny}";
    const both = policies(test)
      .replace("[eth1]", "[eth1, eth2]")
      .replace("10.8.0.0/16", "10.7.0.0/16");
    const hosts = [router("a", "eth1"), router("b", "eth1", "eth2")];
    expect(judged("", hosts, both)).toEqual(['a Skipped has no interface "eth2"', "b Passed"]);
  });

  test("what a policy in Audit claims", () => {
    const test =
      "{from: {address: 10.7.0.7, interface: eth0}, to: {address: 10.9.0.5, interface: eth1}, expect: Deny}";
    const audited = policies(test).replace(
      "interfaces: [eth1]",
      "mode: Audit\n  interfaces: [eth1]",
    );
    expect(judged("", [own], audited)).toEqual(["r Passed"]);
  });
});

const INTERFACES = ["eth0", "eth1", "wg0"];
const PORTS = [
  "",
  "ports: [{port: 1}]",
  "ports: [{port: 2, endPort: 3}]",
  "ports: [{protocol: UDP, port: 2}]",
  "ports: [{protocol: ICMP}]",
];
const drawnRule = fc.tuple(
  fc.constantFrom("Allow", "Deny", "Reject", "Pass"),
  fc.constantFrom(...PORTS),
  fc.constantFrom("", "10.8.0.0/31", "10.8.0.2/32", "10.9.0.0/31", "10.9.0.1/32"),
);
const drawnPolicy = fc.record({
  tier: fc.constantFrom("Guardrail", "Standard"),
  interfaces: fc.constantFrom("[eth1]", "[wg0]", "[eth1, wg0]"),
  direction: fc.constantFrom("ingress", "egress"),
  defaultAction: fc.constantFrom("Allow", "Deny", "Reject"),
  rules: fc.array(drawnRule, { minLength: 1, maxLength: 3 }),
});
const drawnTest = fc.record({
  from: fc.constantFrom("10.8.0.0/30", "10.8.0.2"),
  to: fc.constantFrom("10.9.0.0/30", "10.9.0.1"),
  ways: fc.constantFrom<readonly [string | undefined, string | undefined]>(
    ...(["eth0", "eth1", "wg0"] as const).flatMap((name) => [
      [name, undefined] as const,
      [undefined, name] as const,
      [name, "eth1"] as const,
    ]),
  ),
  ports: fc.constantFrom("", ", port: 1", ", port: 3", ", protocol: ICMP"),
  expect: fc.constantFrom("Allow", "Deny", "Reject"),
});

type DrawnTest = typeof drawnTest extends fc.Arbitrary<infer One> ? One : never;

/** Every one that the test stands for, of these addresses and ports. */
function packetsOf({ from, to, ways, ports }: DrawnTest) {
  const addresses = (text: string) =>
    (text.endsWith("/30")
      ? [0, 1, 2, 3].map((end) => text.replace("0/30", String(end)))
      : [text]
    ).map(addressOf);
  const services = [
    ...[1, 2, 3, 4].flatMap((destinationPort) => [
      { protocol: "TCP" as const, destinationPort },
      { protocol: "UDP" as const, destinationPort },
    ]),
    { protocol: "ICMP" as const },
  ].filter((one) => {
    if (ports === "") return true;
    const port = /\d/.exec(ports)?.[0];
    if (port === undefined) return one.protocol === "ICMP";
    return one.protocol === "TCP" && one.destinationPort === Number(port);
  });
  const behind = (name: string | undefined) => (name === undefined ? INTERFACES : [name]);
  const [into, out] = ways;
  return addresses(from).flatMap((source) =>
    addresses(to).flatMap((destination) =>
      services.flatMap((service) =>
        behind(into).flatMap((enters) =>
          behind(out).map(
            (leaves): Packet => ({ ...service, source, destination, in: enters, out: leaves }),
          ),
        ),
      ),
    ),
  );
}

function addressOf(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

test("a test passes exactly where every packet that it stands for is treated as it expects", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(drawnPolicy, { minLength: 1, maxLength: 3 }),
      drawnTest,
      (drawn, wanted) => {
        const [into, out] = wanted.ways;
        const end = (address: string, name: string | undefined) =>
          `address: ${address}${name === undefined ? "" : `, interface: ${name}`}`;
        const tests = `tests: [{from: {${end(wanted.from, into)}}, to: {${end(wanted.to, out)}${wanted.ports}}, expect: ${wanted.expect}}]`;
        const content = drawn
          .map(({ tier, interfaces, direction, defaultAction, rules }, index) => {
            const written = rules.map(([action, ports, cidr]) => {
              const peers = `${direction === "ingress" ? "from" : "to"}: [{ipBlock: {cidr: ${cidr}}}]`;
              return `{${[`action: ${action}`, ports, cidr === "" ? "" : peers].filter((part) => part !== "").join(", ")}}`;
            });
            return `---\napiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p${String(index)}}\nspec: {tier: ${tier}, interfaces: ${interfaces}, ${direction}: {defaultAction: ${defaultAction}, rules: [${written.join(", ")}]}${index === 0 ? `, ${tests}` : ""}}\n`;
          })
          .join("");
        const { resources } = parseManifests([{ name: "p.yaml", content }]);
        const tree = resources.map(({ resource }) => resource);
        const state = resolve(compile(tree, [own], own), own.view);
        const holds = packetsOf(wanted).every(
          (one) => simulate(state, one).action === wanted.expect,
        );
        const kind = judgePolicyTests(tree, [own])[0]?.cases[0]?.outcome.kind ?? "";
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        expect(kind).toBe(holds ? "Passed" : "Failed");
      },
    ),
    { numRuns: 300 },
  );
  expect([...seen].every(([, count]) => count > 20) && seen.size === 2).toBe(true);
});
