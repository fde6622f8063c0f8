import { describe, expect, test } from "vitest";
import { createConnectionJudge } from "./judge-connection.ts";
import { connection, ground, stateOf } from "./testing/live-host.ts";

const shop = "networkSelector: {names: [shop]}";
const front = "networkSelector: {names: [front]}";

function verdict(text: string, specs: readonly string[], more: Partial<typeof ground> = {}) {
  const state = stateOf(...specs);
  const named = state.interfaces.map((one) => one.interface);
  return createConnectionJudge(state, { ...ground, named, ...more }).verdict(connection(text));
}

describe("ways through a host", () => {
  test.for([
    // From outside.
    [`{${shop}, ingress: {defaultAction: Deny}}`, "TCP 203.0.113.7 > 172.18.0.2 80", "denied"],
    [
      `{${shop}, ingress: {defaultAction: Reject}}`,
      "TCP 203.0.113.7 > 192.0.2.11 8080 = 172.18.0.2 80",
      "denied",
    ],
    [
      `{${shop}, ingress: {defaultAction: Deny}}`,
      "UDP 203.0.113.7 > 192.0.2.11 53 = 172.19.0.2 53",
      "allowed",
    ],
    [
      `{${shop}, ingress: {defaultAction: Deny}}`,
      "TCP 2001:db8:bad::9 > 2001:db8:18::2 80",
      "denied",
    ],
    [`{${shop}, egress: {defaultAction: Deny}}`, "TCP 203.0.113.7 > 172.18.0.2 80", "allowed"],
    // Outward; and by whom it was begun, not by who sends now.
    [`{${shop}, egress: {defaultAction: Deny}}`, "TCP 172.18.0.2 > 203.0.113.7 443", "denied"],
    [`{${shop}, ingress: {defaultAction: Deny}}`, "TCP 172.18.0.2 > 203.0.113.7 443", "allowed"],
    // Within one network, redirected by the host or not.
    [`{${shop}, internal: {defaultAction: Deny}}`, "TCP 172.18.0.3 > 172.18.0.2 80", "denied"],
    [
      `{${shop}, internal: {defaultAction: Deny}}`,
      "TCP 172.18.0.3 > 192.0.2.11 8080 = 172.18.0.2 80",
      "allowed",
    ],
    [
      `{${shop}, ingress: {defaultAction: Deny}}`,
      "TCP 172.18.0.3 > 192.0.2.11 8080 = 172.18.0.2 80",
      "denied",
    ],
    [`{${shop}, ingress: {defaultAction: Deny}}`, "TCP 172.18.0.3 > 172.18.0.2 80", "allowed"],
    // Between two.
    [`{${front}, egress: {defaultAction: Deny}}`, "TCP 172.19.0.2 > 172.18.0.2 80", "denied"],
    [`{${shop}, ingress: {defaultAction: Deny}}`, "ICMP 172.19.0.2 > 172.18.0.2", "denied"],
    [
      `{${shop}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{containerSelector: {names: [api]}}]}]}}`,
      "TCP 172.19.0.2 > 172.18.0.2 80",
      "allowed",
    ],
    // To the host itself, and from it, docker-proxy's half of a published port among it.
    [
      `{${shop}, egress: {host: true, defaultAction: Deny}}`,
      "TCP 172.18.0.2 > 192.0.2.11 22",
      "denied",
    ],
    [`{${shop}, egress: {defaultAction: Deny}}`, "TCP 172.18.0.2 > 172.18.0.1 22", "allowed"],
    [`{${shop}, ingress: {defaultAction: Deny}}`, "TCP 172.18.0.1 > 172.18.0.2 80", "allowed"],
    [`{${shop}, ingress: {defaultAction: Deny}}`, "TCP 203.0.113.7 > 192.0.2.11 8080", "allowed"],
    // To a group: on the bridge, and to the host itself.
    [`{${shop}, internal: {defaultAction: Deny}}`, "UDP 172.18.0.2 > 224.0.0.251 5353", "unknown"],
    [
      `{${shop}, internal: {defaultAction: Deny}, egress: {host: true, defaultAction: Deny}}`,
      "UDP 172.18.0.2 > 224.0.0.251 5353",
      "denied",
    ],
    [`{${shop}, egress: {defaultAction: Deny}}`, "UDP 172.18.0.2 > 224.0.0.251 5353", "allowed"],
  ])("%s: %s is %s", ([spec = "", text = "", expected]) => {
    expect(verdict(text, [spec])).toBe(expected);
  });
});

describe("ports", () => {
  const byPort = (port: string) =>
    `{${shop}, ingress: {rules: [{action: Deny, ports: [{${port}}]}]}}`;
  test.for([
    ["port: 80", "TCP 203.0.113.7 > 192.0.2.11 8080 = 172.18.0.2 80", "denied"],
    ["port: 8080", "TCP 203.0.113.7 > 192.0.2.11 8080 = 172.18.0.2 80", "allowed"],
    ["publishedPort: 8080", "TCP 203.0.113.7 > 192.0.2.11 8080 = 172.18.0.2 80", "denied"],
    ["publishedPort: 8080", "TCP 203.0.113.7 > 172.18.0.2 8080", "allowed"],
    // Redirected, although the port stays what it is.
    ["publishedPort: 80", "TCP 203.0.113.7 > 192.0.2.11 80 = 172.18.0.2 80", "denied"],
    ["port: 53, protocol: UDP", "UDP 203.0.113.7 > 172.18.0.2 53", "denied"],
    ["port: 53, protocol: UDP", "TCP 203.0.113.7 > 172.18.0.2 53", "allowed"],
    ["protocol: ICMP", "ICMP 203.0.113.7 > 172.18.0.2", "denied"],
  ])("%s: %s is %s", ([port = "", text = "", expected]) => {
    expect(verdict(text, [byPort(port)])).toBe(expected);
  });
});

test.for([
  ["redirected to it", "TCP 203.0.113.7 > 192.0.2.11 7443 = 172.18.0.2 80", "allowed"],
  ["by docker-proxy", "TCP 172.18.0.3 > 192.0.2.11 7443", "allowed"],
  ["by another port of it", "TCP 203.0.113.7 > 192.0.2.11 7444 = 172.18.0.2 80", "denied"],
  ["by another address", "TCP 203.0.113.7 > 192.0.2.12 7443 = 172.18.0.2 80", "denied"],
  ["past the host's address", "TCP 203.0.113.7 > 172.18.0.2 80", "denied"],
] as const)("to the controller, %s: %s is %s", ([, text, expected]) => {
  const shut = stateOf(
    `{${shop}, ingress: {defaultAction: Deny}, egress: {host: true, defaultAction: Deny}}`,
  );
  const { destination: address } = connection("TCP 203.0.113.7 > 192.0.2.11 7443");
  const state = { ...shut, management: [{ address, port: 7443, container: "controller" }] };
  const judge = createConnectionJudge(state, ground);
  // What is remembered of those that are alike but for whom they called does not count.
  for (const other of ["192.0.2.11 7443", "192.0.2.12 7443"]) {
    judge.verdict(connection(`TCP 203.0.113.7 > ${other} = 172.18.0.2 80`));
  }
  expect(judge.verdict(connection(text))).toBe(expected);
});

describe("who cannot be told", () => {
  const narrow = `{${shop}, containerSelector: {names: [web]}, ingress: {defaultAction: Allow}}`;
  test("an address of no known container: its first packet is held, and so is what came before", () => {
    expect(verdict("TCP 203.0.113.7 > 172.18.0.9 80", [narrow])).toBe("denied");
    expect(verdict("TCP 203.0.113.7 > 172.18.0.2 80", [narrow])).toBe("allowed");
  });

  test("behind a router that a bridge leads to: it may come in by others", () => {
    const out = `{${front}, egress: {defaultAction: Deny}}`;
    expect(verdict("TCP 10.8.0.7 > 172.18.0.2 80", [out])).toBe("unknown");
    expect(verdict("TCP 172.18.0.2 > 10.8.0.7 80", [out])).toBe("allowed");
    expect(
      verdict("TCP 172.18.0.2 > 10.8.0.7 80", [`{${front}, ingress: {defaultAction: Deny}}`]),
    ).toBe("denied");
  });

  test("a link-local address is on every link", () => {
    const inner = `{${shop}, internal: {defaultAction: Deny}}`;
    expect(verdict("UDP fe80::9 > fe80::8 5353", [inner])).toBe("unknown");
  });

  test("what stays on a bridge that the kernel hides from rules", () => {
    const inner = `{${shop}, internal: {defaultAction: Deny}}`;
    const text = "TCP 172.18.0.3 > 172.18.0.2 80";
    const bridgeNf = { IPv4: false, IPv6: true };
    expect(verdict(text, [inner], { bridgeNf })).toBe("allowed");
  });
});

describe("interfaces outside Docker", () => {
  const policy = (what: string) => `{interfaces: [eth0, eth1], ${what}}`;
  test.for([
    // It leaves by where the route leads, whichever way it came.
    [policy("ingress: {defaultAction: Deny}"), "TCP 203.0.113.7 > 10.9.1.1 80", "denied"],
    // A neighbour sends by his link.
    [policy("egress: {defaultAction: Deny}"), "TCP 198.18.1.9 > 203.0.113.7 80", "denied"],
    // Behind a router nobody knows.
    [policy("egress: {defaultAction: Deny}"), "TCP 203.0.113.7 > 10.9.1.1 80", "unknown"],
    [
      "{interfaces: [eth1], egress: {defaultAction: Deny}}",
      "TCP 203.0.113.7 > 198.18.1.9 80",
      "unknown",
    ],
    // A Docker network at either end decides alone.
    [policy("egress: {defaultAction: Deny}"), "TCP 198.18.1.9 > 172.18.0.2 80", "allowed"],
    [policy("ingress: {defaultAction: Deny}"), "TCP 172.18.0.2 > 203.0.113.7 80", "allowed"],
    [policy("ingress: {defaultAction: Deny}"), "TCP 203.0.113.7 > 192.0.2.11 22", "allowed"],
  ])("%s: %s is %s", ([spec = "", text = "", expected]) => {
    expect(verdict(text, [spec])).toBe(expected);
  });
});

test("nothing is denied where nothing is said", () => {
  expect(verdict("TCP 203.0.113.7 > 172.18.0.2 80", [])).toBe("allowed");
});

test("asked of many, it says of each what it would say alone", () => {
  const range = `{${shop}, ingress: {rules: [{action: Deny, ports: [{port: 8000, endPort: 8100}, {publishedPort: 90}]}]}}`;
  const state = stateOf(range);
  const judge = createConnectionJudge(state, ground);
  const ports = [7_999, 8_000, 8_050, 8_100, 8_101];
  const verdicts = ports.map((port) =>
    judge.verdict(connection(`TCP 203.0.113.7 > 172.18.0.2 ${String(port)}`)),
  );
  expect(verdicts).toEqual(["allowed", "denied", "denied", "denied", "allowed"]);
  const published = [89, 90, 91].map((port) =>
    judge.verdict(connection(`TCP 203.0.113.7 > 192.0.2.11 ${String(port)} = 172.18.0.2 80`)),
  );
  expect(published).toEqual(["allowed", "denied", "allowed"]);
});
