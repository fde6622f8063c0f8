import { describe, expect, test } from "vitest";
import { container, host, judged, network, stateOf } from "./testing/judged-host.ts";

const view = host(
  [network("shop"), network("front")],
  [container("web", { shop: ["172.18.0.2"] }), container("api", { front: ["172.19.0.2"] })],
);
const fromOutside = "eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/80";
const between = "br-front 172.19.0.2 > br-shop 172.18.0.2 TCP/80";

const rule = (action: string, more = "") =>
  `rules: [{name: ${action.toLowerCase()}, action: ${action}}]${more}`;
const enforced = (priority: number, what: string) => `{priority: ${String(priority)}, ${what}}`;
const audited = (priority: number, what: string) =>
  `{mode: Audit, priority: ${String(priority)}, ${what}}`;

// Behind the bar: what the policies in Audit would have denied.
describe("one list of audited and enforced policies, in their order", () => {
  test.for([
    [
      "alone",
      audited(1, `ingress: {${rule("Deny")}}`),
      "{ingress: {}}",
      "shop ingress: Allow | shop ingress: Deny by p/deny",
    ],
    [
      "by default",
      audited(1, "ingress: {defaultAction: Reject}"),
      "{egress: {}}",
      "| shop ingress: Reject by p/default",
    ],
    [
      "before an Allow",
      audited(1, `ingress: {${rule("Deny")}}`),
      enforced(2, `ingress: {${rule("Allow")}}`),
      "shop ingress: Allow by q/allow | shop ingress: Deny by p/deny",
    ],
    [
      "behind an Allow",
      audited(2, `ingress: {${rule("Deny")}}`),
      enforced(1, `ingress: {${rule("Allow")}}`),
      "shop ingress: Allow by q/allow",
    ],
    [
      "behind a Deny",
      audited(2, `ingress: {${rule("Deny")}}`),
      enforced(1, `ingress: {${rule("Deny")}}`),
      "shop ingress: Deny by q/deny",
    ],
    [
      "an Allow of it counts nothing and opens nothing",
      audited(1, `ingress: {${rule("Allow")}}`),
      enforced(2, "ingress: {defaultAction: Deny}"),
      "shop ingress: Deny by q/default",
    ],
    [
      "a Pass of it passes only in Audit",
      `{mode: Audit, tier: Guardrail, ingress: {${rule("Pass", ", defaultAction: Deny")}}}`,
      `{tier: Guardrail, priority: 900, ingress: {${rule("Allow")}}}`,
      "shop ingress: Allow by q/allow | shop ingress: Deny by p/default",
    ],
    // What an enforced default denies, no audited one would.
    [
      "beside a default that denies",
      audited(1, "ingress: {defaultAction: Deny}"),
      enforced(2, "ingress: {defaultAction: Deny}"),
      "shop ingress: Deny by q/default",
    ],
    [
      "a Deny beside a default that rejects",
      audited(1, "ingress: {defaultAction: Deny}"),
      enforced(2, "ingress: {defaultAction: Reject}"),
      "shop ingress: Reject by q/default",
    ],
    [
      "beside a default that rejects",
      audited(1, "ingress: {defaultAction: Reject}"),
      enforced(2, "ingress: {defaultAction: Reject}"),
      "shop ingress: Reject by q/default",
    ],
  ])("%s", ([, p = "", q = "", expected]) => {
    expect(judged(stateOf(view, { p, q }), fromOutside)).toBe(expected);
  });
});

describe("egress, then ingress; the first denial ends the way", () => {
  const front = (mode: string) =>
    `{${mode}, networkSelector: {names: [front]}, egress: {defaultAction: Deny}}`;
  const shop = (mode: string) =>
    `{${mode}, networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}`;
  test.for([
    ["Enforce", "Enforce", "front egress: Deny by p/default"],
    // The packet never comes as far as the audited ingress.
    ["Enforce", "Audit", "front egress: Deny by p/default"],
    ["Audit", "Enforce", "shop ingress: Deny by q/default | front egress: Deny by p/default"],
    // Counted once, where it would have ended.
    ["Audit", "Audit", "| front egress: Deny by p/default"],
  ])("%s and %s: %s", ([first, second, expected]) => {
    const specs = { p: front(`mode: ${first ?? ""}`), q: shop(`mode: ${second ?? ""}`) };
    expect(judged(stateOf(view, specs), between)).toBe(expected);
  });
});

test("every path has its audit", () => {
  const state = stateOf(view, {
    p: "{mode: Audit, internal: {defaultAction: Deny}, egress: {host: true, defaultAction: Reject}}",
    q: "{mode: Audit, interfaces: [eth1], ingress: {defaultAction: Deny}}",
  });
  expect(
    [
      "br-shop 172.18.0.3 > br-shop 172.18.0.2 TCP/80",
      "br-shop 172.18.0.3 > br-shop 172.18.0.2 TCP/80 published 8080",
      "br-shop 172.18.0.2 > host 172.18.0.1 TCP/22",
      "eth0 203.0.113.7 > eth1 192.168.1.2 TCP/80",
    ].map((packet) => judged(state, packet)),
  ).toEqual([
    "| shop internal: Deny by p/default",
    "| shop egress: Reject by p/default",
    "| shop host: Reject by p/default",
    "| eth1 ingress: Deny by q/default",
  ]);
});

describe("what cannot be told", () => {
  test("is not counted: a container that nobody knows", () => {
    const state = stateOf(view, {
      p: "{mode: Audit, containerSelector: {names: [web]}, ingress: {defaultAction: Deny}}",
    });
    expect(judged(state, "eth0 203.0.113.7 > br-shop 172.18.0.9 TCP/80")).toBe("");
  });

  test("is not held as a peer: the next rule is asked", () => {
    const state = stateOf(view, {
      p: "{mode: Audit, ingress: {rules: [{action: Allow, from: [{containerSelector: {names: [api]}}]}, {name: rest, action: Deny}]}}",
    });
    expect(judged(state, "br-front 172.19.0.9 > br-shop 172.18.0.2 TCP/80")).toBe(
      "| shop ingress: Deny by p/rest",
    );
    expect(state.audit?.known).toEqual([]);
  });

  test("is held by an enforced policy all the same", () => {
    const state = stateOf(view, {
      p: "{mode: Audit, priority: 1, ingress: {defaultAction: Deny}}",
      q: "{networkSelector: {names: [shop]}, containerSelector: {names: [web]}, ingress: {}}",
    });
    expect(judged(state, "eth0 203.0.113.7 > br-shop 172.18.0.9 TCP/80")).toBe(
      "shop ingress: held",
    );
  });
});

test("on a host in Audit nothing is denied, whatever its policies say", () => {
  const specs = {
    p: "{ingress: {defaultAction: Deny}}",
    q: `{tier: Guardrail, ingress: {${rule("Pass")}}}`,
  };
  const state = stateOf(view, specs, "Audit");
  expect(judged(state, fromOutside)).toBe("| shop ingress: Deny by p/default");
  expect(state.bridges).toEqual([]);
});

test("without a policy in Audit there is no second plane", () => {
  expect(stateOf(view, { p: "{ingress: {}}" }).audit).toBeUndefined();
});
