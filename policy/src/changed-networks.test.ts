import { expect, test } from "vitest";
import { changedNetworks } from "./changed-networks.ts";
import { container, host, network, stateOf } from "./testing/judged-host.ts";

const view = host(
  ["shop", "back", "other"].map((name) => network(name)),
  [
    container("web", { shop: ["172.18.0.2"] }, "8080:80"),
    container("app", { other: ["172.20.0.2"] }),
  ],
);
const on = (name: string, rest: string) => `{networkSelector: {names: [${name}]}, ${rest}}`;
const closed = "ingress: {defaultAction: Deny}";
const outside = "{interfaces: [eth1], egress: {defaultAction: Deny}}";

test.for([
  [
    "one more",
    { p: on("back", closed) },
    { p: on("back", closed), q: on("shop", closed) },
    ["shop"],
  ],
  ["another name", { p: on("shop", closed) }, { q: on("shop", closed) }, []],
  [
    "another rule",
    { p: on("shop", closed) },
    { p: on("shop", "ingress: {defaultAction: Reject}") },
    ["shop"],
  ],
  ["an interface", { p: on("shop", closed) }, { p: on("shop", closed), q: outside }, ["eth1"]],
  ["in Audit", { p: on("shop", closed) }, { p: on("shop", `mode: Audit, ${closed}`) }, ["shop"]],
] as const)("%s", ([, before, after, networks]) => {
  expect(changedNetworks(stateOf(view, before), stateOf(view, after))).toEqual(networks);
});
