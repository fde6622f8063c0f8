import { expect, test } from "vitest";
import type { AwaitedPorts, DockerContainer, HostPort, HostView } from "./host-view.ts";
import { container, host, judged, network, stateOf } from "./testing/judged-host.ts";

const [shop, back] = [network("shop"), network("back")];

/** `TCP 80 443-445; UDP 53` */
function held(spec: string, seen: Partial<HostView> = {}): string {
  const { heldPorts = [] } = stateOf({ ...host([shop, back]), ...seen }, { p: spec });
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
  expect(held(`{${rules("{publishedPort: 8000, endPort: 8010}")}}`, { ownPorts: own })).toBe(is);
});

/** `TCP/8080`, of a container on `shop` that does not run. */
function awaited(text: string, ...networkIds: readonly string[]): AwaitedPorts {
  const [, protocol, first, last = first] = /^(TCP|UDP)\/(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (protocol !== "TCP" && protocol !== "UDP") throw new Error(text);
  const range = { first: Number(first), last: Number(last) };
  return {
    ...{ protocol, range, container: "web" },
    networkIds: networkIds.length > 0 ? networkIds : ["shop"],
  };
}

const closed = "{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}";

test.for<{
  name: string;
  spec?: string;
  awaited: readonly AwaitedPorts[];
  own?: readonly HostPort[];
  running?: readonly DockerContainer[];
  is: string;
}>([
  { name: "that no policy names", awaited: [awaited("TCP/8080")], is: "TCP 8080" },
  { name: "of UDP", awaited: [awaited("UDP/53")], is: "UDP 53" },
  {
    name: "beyond those that are given by chance",
    awaited: [awaited("TCP/40000")],
    is: "TCP 40000",
  },
  {
    name: "any of a range",
    awaited: [awaited("TCP/8000-8010"), awaited("TCP/32000-40000")],
    is: "TCP 8000-8010 32000-32767",
  },
  { name: "on another network", awaited: [awaited("TCP/8080", "back")], is: "" },
  { name: "on both", awaited: [awaited("TCP/8080", "back", "shop")], is: "TCP 8080" },
  { name: "on a network that is gone", awaited: [awaited("TCP/8080", "gone")], is: "" },
  {
    name: "where policies only speak of what containers begin",
    spec: "{networkSelector: {names: [shop]}, egress: {defaultAction: Deny}}",
    awaited: [awaited("TCP/8080")],
    is: "",
  },
  {
    name: "in Audit",
    spec: "{mode: Audit, networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}",
    awaited: [awaited("TCP/8080")],
    is: "",
  },
  {
    name: "beside one that a policy names",
    spec: `{networkSelector: {names: [shop]}, ${rules("{publishedPort: 80}")}}`,
    awaited: [awaited("TCP/8080")],
    is: "TCP 80 8080",
  },
  {
    name: "that follow each other, as one range",
    awaited: [awaited("TCP/8080"), awaited("TCP/8081")],
    is: "TCP 8080-8081",
  },
  {
    name: "while a running container of whom no policy speaks has one of them",
    awaited: [awaited("TCP/8080"), awaited("TCP/8082")],
    running: [container("other", { overlay: [] }, "8080:80")],
    is: "TCP 8082",
  },
  {
    name: "that the host itself has",
    awaited: [awaited("TCP/8080"), awaited("TCP/8081")],
    own: [{ protocol: "TCP", port: 8080 }],
    is: "TCP 8081",
  },
])(
  "of a container that does not run: $name",
  ({ spec = closed, awaited, own = [], running, is }) => {
    const containers = running ?? [];
    expect(held(spec, { awaitedPorts: awaited, ownPorts: own, containers })).toBe(is);
  },
);

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
