import { describe, expect, test } from "vitest";
import { factsOfHost, type HostFacts } from "./facts.ts";
import { parseManifests } from "./parse-manifests.ts";
import { judgePolicyTests } from "./policy-tests.ts";
import { failureText, hostsText } from "./policy-tests-issues.ts";

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
      addresses: ["192.0.2.10", "10.9.0.1"],
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
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 10.9.0.1, port: 25}, expect: Deny}",
      "Skipped has the address itself: what comes there is not forwarded",
    ],
    [
      "{from: {address: 10.8.0.7, interface: wg0}, to: {address: 10.9.0.0/30, interface: eth1, port: 22}, expect: Allow}",
      "Passed",
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
