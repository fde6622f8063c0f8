import { expect, test } from "vitest";
import { describeTraffic, type TrafficWords } from "./describe-traffic.ts";
import { diffTraffic } from "./diff-traffic.ts";
import { container, host, network, stateOf } from "./testing/judged-host.ts";

const view = host(
  [
    network("shop", { subnets: ["172.18.0.0/16"] }),
    network("back", { subnets: ["172.19.0.0/16", "fd00:19::/64"] }),
  ],
  [
    container("web", { shop: ["172.18.0.2"] }, "8080:80"),
    container("db", { back: ["172.19.0.2", "fd00:19::2"] }),
  ],
);

const onShop = (rest: string) => `{networkSelector: {names: [shop]}, ${rest}}`;
const fromBlock = (block: string) =>
  onShop(
    `ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{ipBlock: ${block}}], ports: [{port: 5432}]}]}`,
  );

test.for([
  ["nothing", {}, {}, []],
  [
    "a narrower block",
    { p: fromBlock("{cidr: 10.0.0.0/8}") },
    { p: fromBlock("{cidr: 10.20.0.0/16}") },
    ["Allow → Deny: 10.0.0.0/8 except 10.20.0.0/16 → network shop, TCP 5432 (IPv4)"],
  ],
  [
    "another rule that says the same",
    { p: fromBlock("{cidr: 10.0.0.0/8, except: [10.128.0.0/9]}") },
    { p: fromBlock("{cidr: 10.0.0.0/9}") },
    [],
  ],
  [
    "a first policy",
    {},
    { p: onShop("ingress: {defaultAction: Reject}") },
    [
      "Allow → Reject: anywhere → network shop, every port (IPv4)",
      "Allow → Reject: anywhere → the host itself, TCP 8080 (IPv4)",
    ],
  ],
  ["one in Audit", {}, { p: onShop("mode: Audit, ingress: {defaultAction: Reject}") }, []],
  [
    "a published port",
    { p: onShop("ingress: {defaultAction: Deny}") },
    {
      p: onShop(
        "ingress: {defaultAction: Deny, rules: [{action: Allow, ports: [{publishedPort: 8080}]}]}",
      ),
    },
    [
      "Allow → Deny: anywhere → the host itself, TCP 8080 (IPv6)",
      "Deny → Allow: anywhere → network shop, TCP published as 8080 (IPv4)",
      "Deny → Allow: anywhere → the host itself, TCP 8080 (IPv4)",
    ],
  ],
  [
    "egress to one container",
    {},
    {
      p: onShop(
        "egress: {rules: [{action: Deny, to: [{containerSelector: {names: [db]}}], ports: [{port: 80}, {protocol: UDP, port: 53, endPort: 60}]}]}",
      ),
    },
    ["Allow → Deny: network shop → network back, TCP 80; UDP 53-60 (IPv4)"],
  ],
  [
    "two networks",
    {},
    {
      p: "{networkSelector: {names: [shop, back]}, ingress: {rules: [{action: Deny, ports: [{port: 22}]}]}}",
    },
    [
      "Allow → Deny: anywhere → network back, TCP 22 (IPv4, IPv6)",
      "Allow → Deny: anywhere → network shop, TCP 22 (IPv4)",
    ],
  ],
  [
    "internal",
    { p: onShop("internal: {defaultAction: Deny}") },
    { p: onShop("internal: {defaultAction: Allow}") },
    ["Deny → Allow: network shop → network shop, every port (IPv4)"],
  ],
  [
    "to the host",
    {
      p: onShop(
        "egress: {host: true, rules: [{action: Deny, to: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{protocol: ICMP}]}]}",
      ),
    },
    {},
    ["Deny → Allow: network shop → 192.0.2.0/24, the host itself at 192.0.2.0/24, ICMP (IPv4)"],
  ],
  [
    "one container of two",
    {},
    {
      p: "{networkSelector: {names: [back]}, containerSelector: {names: [db]}, ingress: {defaultAction: Deny}}",
    },
    ["Allow → Deny: anywhere → network back, every port (IPv4, IPv6)"],
  ],
] as const)("%s", ([, before, after, expected]) => {
  const diff = diffTraffic(
    stateOf(view, { ...elsewhere, ...before }, "Enforce", { newNetworks: "Open" }),
    stateOf(view, { ...elsewhere, ...after }, "Enforce", { newNetworks: "Open" }),
  );
  expect(describeTraffic(diff, view).map(line)).toEqual(expected);
});

/** A manifest cannot be empty. */
const elsewhere = { other: "{networkSelector: {names: [nowhere]}, ingress: {}}" };

function line({ before, after, from, to, ports, families }: TrafficWords): string {
  return `${before} → ${after}: ${from.join(", ")} → ${to.join(", ")}, ${ports} (${families.join(", ")})`;
}
