import { expect, test } from "vitest";
import type { HostPort } from "./host-view.ts";
import { container, host, judged, network, stateOf } from "./testing/judged-host.ts";

const shop = network("shop");

/** `TCP 80 443-445; UDP 53` */
function held(spec: string, ownPorts: readonly HostPort[] = []): string {
  const { heldPorts = [] } = stateOf({ ...host([shop]), ownPorts }, { p: spec });
  return heldPorts
    .map(({ protocol, ranges }) => {
      const texts = ranges.map(({ first, last }) =>
        first === last ? String(first) : `${String(first)}-${String(last)}`,
      );
      return [protocol, ...texts].join(" ");
    })
    .join("; ");
}

const rules = (...ports: readonly string[]) =>
  `ingress: {rules: [{action: Allow, ports: [${ports.join(", ")}]}]}`;

test.for<{ name: string; spec: string; is: string }>([
  { name: "no port", spec: "{ingress: {defaultAction: Deny}}", is: "" },
  { name: "a port of containers", spec: `{${rules("{port: 80}")}}`, is: "" },
  { name: "one", spec: `{${rules("{publishedPort: 80}")}}`, is: "TCP 80" },
  {
    name: "of both protocols, ranges that meet",
    spec: `{${rules(
      "{publishedPort: 8000, endPort: 8010}",
      "{publishedPort: 8005, endPort: 8020}",
      "{publishedPort: 80}",
      "{protocol: UDP, publishedPort: 53}",
    )}}`,
    is: "TCP 80 8000-8020; UDP 53",
  },
  {
    name: "of a range, those that nobody is given by chance",
    spec: `{${rules("{publishedPort: 32000, endPort: 65535}")}}`,
    is: "TCP 32000-32767",
  },
  {
    name: "a range of others",
    spec: `{${rules("{publishedPort: 40000, endPort: 40010}")}}`,
    is: "",
  },
  { name: "one of others alone", spec: `{${rules("{publishedPort: 40000}")}}`, is: "TCP 40000" },
  {
    name: "where networks are that the host has not",
    spec: `{networkSelector: {names: [later]}, ${rules("{publishedPort: 80}")}}`,
    is: "TCP 80",
  },
  { name: "in Audit", spec: `{mode: Audit, ${rules("{publishedPort: 80}")}}`, is: "" },
  {
    name: "outside Docker",
    spec: `{interfaces: [eth1], ${rules("{publishedPort: 80}")}}`,
    is: "",
  },
])("named: $name", ({ spec, is }) => {
  expect(held(spec)).toBe(is);
});

test.for<{ name: string; own: readonly HostPort[]; is: string }>([
  { name: "in the middle", own: [{ protocol: "TCP", port: 8005 }], is: "TCP 8000-8004 8006-8010" },
  {
    name: "at both ends",
    own: [
      { protocol: "TCP", port: 8000 },
      { protocol: "TCP", port: 8010 },
    ],
    is: "TCP 8001-8009",
  },
  { name: "of the other protocol", own: [{ protocol: "UDP", port: 8005 }], is: "TCP 8000-8010" },
  {
    name: "all",
    own: Array.from({ length: 11 }, (_, index) => ({ protocol: "TCP", port: 8000 + index })),
    is: "",
  },
])("ports of the host itself: $name", ({ own, is }) => {
  expect(held(`{${rules("{publishedPort: 8000, endPort: 8010}")}}`, own)).toBe(is);
});

const web = container("web", { shop: ["172.18.0.2"] }, "8080:80");
const spec =
  "{ingress: {defaultAction: Deny, rules: [{name: r, action: Allow, ports: [{publishedPort: 8080}, {publishedPort: 8081}]}]}}";

test.for([
  ["eth0 203.0.113.7 > host 192.0.2.1 TCP/8081", "published port 8081 ingress: held"],
  ["br-shop 172.18.0.2 > host 192.0.2.1 TCP/8081", "published port 8081 ingress: held"],
  ["eth0 2001:db8::7 > host 2001:db8::1 TCP/8081", "published port 8081 ingress: held"],
  ["eth0 2001:db8::7 > host 2001:db8::1 TCP/8080", "published port 8080 ingress: held"],
  ["eth0 203.0.113.7 > host 192.0.2.1 TCP/8080", "shop ingress: Allow by p/r"],
  ["lo 192.0.2.1 > host 192.0.2.1 TCP/8081", ""],
  ["eth0 203.0.113.7 > host 192.0.2.1 UDP/8081", ""],
  ["eth0 203.0.113.7 > eth1 192.0.2.9 TCP/8081", ""],
  ["eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/8081", "shop ingress: Deny by p/default"],
] as const)("%s: %s", ([packet, is]) => {
  expect(judged(stateOf(host([shop], [web]), { p: spec }), packet)).toBe(is);
});

test("without the guard of published ports nothing is held", () => {
  const state = stateOf(host([shop]), { p: spec }, "Enforce", { inputGuard: "Off" });
  expect(state.heldPorts).toBeUndefined();
});
