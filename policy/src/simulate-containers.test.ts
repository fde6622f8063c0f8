import { describe, expect, test } from "vitest";
import { container, host, judged, network, stateOf } from "./testing/judged-host.ts";

const view = host(
  [network("shop"), network("front"), network("other")],
  [
    container("mysql-1", { shop: ["172.18.0.2", "2001:db8:18::2"] }, "3306:3306"),
    container("api-1", { shop: ["172.18.0.3"], front: ["172.19.0.3"] }),
    container("cache", { shop: ["172.18.0.4", "2001:db8:18::4"] }),
    container("job", { other: ["172.20.0.2"] }),
  ],
);

describe("containerSelector narrows", () => {
  const own = "networkSelector: {names: [shop]}, containerSelector: {names: ['mysql-*']}";
  const state = stateOf(view, {
    p: `{${own}, ingress: {defaultAction: Deny}, egress: {defaultAction: Reject}, internal: {defaultAction: Deny}}`,
  });
  test.for([
    ["eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/3306", "shop ingress: Deny by p/default"],
    ["eth0 2001:db8::7 > br-shop 2001:db8:18::2 TCP/3306", "shop ingress: Deny by p/default"],
    ["br-shop 172.18.0.2 > eth0 203.0.113.7 TCP/443", "shop egress: Reject by p/default"],
    ["br-shop 172.18.0.4 > br-shop 172.18.0.2 TCP/3306", "shop internal: Deny by p/default"],
    // Judged at the destination, which is another container.
    ["br-shop 172.18.0.2 > br-shop 172.18.0.4 TCP/6379", "shop internal: Allow"],
    // Containers that no policy selects.
    ["eth0 203.0.113.7 > br-shop 172.18.0.4 TCP/6379", "shop ingress: Allow"],
    ["br-shop 2001:db8:18::4 > eth0 2001:db8::7 TCP/443", "shop egress: Allow"],
    // Nobody's address: it may be that of a container that has just got it.
    ["eth0 203.0.113.7 > br-shop 172.18.0.9 TCP/3306", "shop ingress: held"],
    ["br-shop 172.18.0.9 > eth0 203.0.113.7 TCP/443", "shop egress: held"],
    ["br-shop 172.18.0.2 > br-shop fe80::9 ICMP", "shop internal: held"],
    // The same address behind another bridge is somebody else's.
    ["eth0 203.0.113.7 > br-other 172.18.0.2 TCP/3306", ""],
    ["br-other 172.18.0.2 > eth0 203.0.113.7 TCP/443", ""],
    // A connection between two bridges is asked of both ends.
    ["br-other 172.20.0.2 > br-shop 172.18.0.2 TCP/3306", "shop ingress: Deny by p/default"],
  ])("%s: %s", ([packet, expected]) => {
    expect(judged(state, packet ?? "")).toBe(expected);
  });

  test("on a network without containers everything is held", () => {
    const empty = stateOf(host([network("shop")]), { p: `{${own}, ingress: {}}` });
    expect(judged(empty, "eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/80")).toBe(
      "shop ingress: held",
    );
  });

  test("a policy for the whole network judges every container with it", () => {
    const both = stateOf(view, {
      p: `{${own}, ingress: {rules: [{name: in, action: Allow, ports: [{port: 3306}]}]}}`,
      q: "{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}",
    });
    const verdicts = ["172.18.0.2 TCP/3306", "172.18.0.2 TCP/22", "172.18.0.4 TCP/3306"].map((to) =>
      judged(both, `eth0 203.0.113.7 > br-shop ${to}`),
    );
    expect(verdicts).toEqual([
      "shop ingress: Allow by p/in",
      "shop ingress: Deny by q/default",
      "shop ingress: Deny by q/default",
    ]);
    expect(
      both.bridges.find(({ bridge }) => bridge === "br-shop")?.ingress?.cases.map(({ key }) => key),
    ).toEqual(["direct p q", "direct q"]);
  });

  test("what is said of the containers is told by name", () => {
    const named = stateOf(view, {
      p: "{containerSelector: {matchLabels: {app: api-1}}, ingress: {}}",
    });
    expect(named.policies).toEqual([
      { name: "p", networks: ["front", "other", "shop"], containers: ["api-1"], unenforceable: [] },
    ]);
  });

  test("new addresses are a new case of the same key", () => {
    const moved = host(view.networks, [container("mysql-1", { shop: ["172.18.0.7"] })]);
    const [before, after] = [view, moved].map((one) =>
      stateOf(one, {
        p: `{${own}, ingress: {defaultAction: Deny}}`,
      })
        .bridges.find(({ bridge }) => bridge === "br-shop")
        ?.ingress?.cases.find(({ list }) => list.defaultAction === "Deny"),
    );
    expect([before?.key, after?.key]).toEqual(["direct p", "direct p"]);
    expect(after?.addresses).toEqual({ v4: ["172.18.0.7/32"], v6: [] });
  });
});

describe("containers as peers", () => {
  const rules = (from: string, more = "") =>
    `{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny, rules: [{name: r, action: Allow, from: [{containerSelector: ${from}}], ports: [{port: 3306}]}${more}]}}`;
  const state = stateOf(view, { p: rules("{names: ['api-*']}") });
  test.for([
    // On whichever of its networks it is.
    ["br-front 172.19.0.3 > br-shop 172.18.0.2 TCP/3306", "shop ingress: Allow by p/r"],
    ["br-other 172.20.0.2 > br-shop 172.18.0.2 TCP/3306", "shop ingress: Deny by p/default"],
    ["br-other 172.20.0.9 > br-shop 172.18.0.2 TCP/3306", "shop ingress: held"],
    ["br-other 2001:db8:20::9 > br-shop 2001:db8:18::2 TCP/3306", "shop ingress: held"],
    // What the rule would not match, whoever it is from, is not held.
    ["br-other 172.20.0.9 > br-shop 172.18.0.2 TCP/22", "shop ingress: Deny by p/default"],
    // Its address, but not by its bridge.
    ["eth0 172.19.0.3 > br-shop 172.18.0.2 TCP/3306", "shop ingress: Deny by p/default"],
    ["br-other 172.19.0.3 > br-shop 172.18.0.2 TCP/3306", "shop ingress: held"],
    ["br-front 172.18.0.3 > br-shop 172.18.0.2 TCP/3306", "shop ingress: held"],
  ])("%s: %s", ([packet, expected]) => {
    expect(judged(state, packet ?? "")).toBe(expected);
  });

  test("an earlier rule that matches is asked before anything is held", () => {
    const spec = rules("{names: [api-1]}").replace(
      "rules: [",
      "rules: [{name: first, action: Reject}, ",
    );
    expect(
      judged(stateOf(view, { p: spec }), "br-other 172.20.0.9 > br-shop 172.18.0.2 TCP/3306"),
    ).toBe("shop ingress: Reject by p/first");
  });

  test("what is another peer of the same rule is not held", () => {
    const spec = rules("{names: [api-1]}").replace(
      "from: [",
      "from: [{ipBlock: {cidr: 172.20.0.0/16}}, ",
    );
    expect(
      judged(stateOf(view, { p: spec }), "br-other 172.20.0.9 > br-shop 172.18.0.2 TCP/3306"),
    ).toBe("shop ingress: Allow by p/r");
  });

  test("a selector that finds nobody still holds whom it cannot tell", () => {
    const nobody = stateOf(view, { p: rules("{names: [gone]}") });
    const from = (address: string) =>
      judged(nobody, `br-other ${address} > br-shop 172.18.0.2 TCP/3306`);
    expect([from("172.20.0.2"), from("172.20.0.9")]).toEqual([
      "shop ingress: Deny by p/default",
      "shop ingress: held",
    ]);
  });

  test("as destinations of egress", () => {
    const spec =
      "{networkSelector: {names: [shop]}, egress: {defaultAction: Deny, rules: [{name: r, action: Allow, to: [{containerSelector: {names: [job]}}]}]}}";
    const egress = stateOf(view, { p: spec });
    const to = (end: string) => judged(egress, `br-shop 172.18.0.4 > ${end} TCP/80`);
    expect([to("br-other 172.20.0.2"), to("br-other 172.20.0.9"), to("eth0 172.20.0.2")]).toEqual([
      "shop egress: Allow by p/r",
      "shop egress: held",
      "shop egress: Deny by p/default",
    ]);
  });
});

describe("internal", () => {
  const spec = (rule: string) =>
    `{networkSelector: {names: [shop]}, internal: {defaultAction: Deny, rules: [{name: r, action: Allow, ${rule}}]}}`;
  const both =
    "from: [{containerSelector: {names: ['api-*']}}], to: [{containerSelector: {names: ['mysql-*']}}]";
  test.for([
    [both, "172.18.0.3", "172.18.0.2", "Allow by p/r"],
    [both, "172.18.0.4", "172.18.0.2", "Deny by p/default"],
    [both, "172.18.0.3", "172.18.0.4", "Deny by p/default"],
    [both, "172.18.0.9", "172.18.0.2", "held"],
    [both, "172.18.0.3", "172.18.0.9", "held"],
    // Multicast and link-local addresses are no container's.
    [both, "172.18.0.3", "224.0.0.251", "held"],
    [both, "fe80::1", "2001:db8:18::2", "held"],
    ["from: [{ipBlock: {cidr: 172.18.0.4/32}}]", "172.18.0.4", "172.18.0.9", "Allow by p/r"],
    ["to: [{ipBlock: {cidr: 172.18.0.4/32}}]", "172.18.0.4", "172.18.0.9", "Deny by p/default"],
    // The only network at either end is its own.
    ["from: [{networkSelector: {names: [shop]}}]", "172.18.0.9", "172.18.0.2", "Allow by p/r"],
    [
      "from: [{networkSelector: {names: [front]}}]",
      "172.18.0.3",
      "172.18.0.2",
      "Deny by p/default",
    ],
  ])("%s: %s to %s: %s", ([rule, from, to, expected]) => {
    const state = stateOf(view, { p: spec(rule ?? "") });
    expect(judged(state, `br-shop ${from ?? ""} > br-shop ${to ?? ""} TCP/3306`)).toBe(
      `shop internal: ${expected ?? ""}`,
    );
  });

  test("says nothing of what comes in or goes out", () => {
    const state = stateOf(view, { p: "{internal: {defaultAction: Deny}}" });
    expect(judged(state, "br-front 172.19.0.3 > br-shop 172.18.0.2 TCP/3306")).toBe("");
    expect(judged(state, "br-shop 172.18.0.2 > host 172.18.0.1 TCP/22")).toBe("");
  });
});
