import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { container, host, judged, network, stateOf } from "./testing/judged-host.ts";

const deny = (name: string, direction: string) =>
  `{networkSelector: {names: [${name}]}, ${direction}: {defaultAction: Deny}}`;

describe("published ports of a container on several networks", () => {
  const view = host(
    [network("shop"), network("front"), network("lan", { driver: "macvlan" })],
    [
      container("mysql", { shop: ["172.18.0.2"], front: ["172.19.0.2"] }, "33060:3306"),
      container("web", { front: ["172.19.0.3"] }, "8080:80"),
      container("quiet", { shop: ["172.18.0.4"], front: ["172.19.0.4"] }),
      container("edge", { lan: ["192.168.1.9"], front: ["172.19.0.5"] }, "8443:443"),
    ],
  );
  const rule = "rules: [{name: office, action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]";
  const states = {
    shop: stateOf(view, { p: deny("shop", "ingress") }),
    both: stateOf(view, {
      a: `{priority: 1, networkSelector: {names: [front]}, ingress: {${rule}}}`,
      p: deny("shop", "ingress"),
    }),
    chosen: stateOf(view, {
      p: "{networkSelector: {names: [shop]}, containerSelector: {names: [mysql]}, ingress: {defaultAction: Deny}}",
    }),
    lan: stateOf(view, { p: deny("lan", "ingress") }),
  };

  test.for([
    // Docker leads the port through a network that the policy does not select.
    [
      "shop",
      "eth0 203.0.113.7 > br-front 172.19.0.2 TCP/3306 published 33060",
      "front ingress: Deny by p/default",
    ],
    [
      "shop",
      "eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/3306 published 33060",
      "shop ingress: Deny by p/default",
    ],
    // Not by a published port: the network it comes through decides alone.
    ["shop", "eth0 203.0.113.7 > br-front 172.19.0.2 TCP/3306", ""],
    // A neighbour there is another container.
    [
      "shop",
      "eth0 203.0.113.7 > br-front 172.19.0.3 TCP/80 published 8080",
      "front ingress: Allow",
    ],
    // Publishes nothing, as Docker says it: it does so too while it leads a port elsewhere.
    [
      "shop",
      "eth0 203.0.113.7 > br-front 172.19.0.4 TCP/80 published 9999",
      "front ingress: Deny by p/default",
    ],
    // One list of the policies of all its networks, on whichever bridge.
    [
      "both",
      "eth0 198.51.100.9 > br-shop 172.18.0.2 TCP/3306 published 33060",
      "shop ingress: Allow by a/office",
    ],
    [
      "both",
      "eth0 198.51.100.9 > br-front 172.19.0.2 TCP/3306 published 33060",
      "front ingress: Allow by a/office",
    ],
    [
      "both",
      "eth0 203.0.113.7 > br-front 172.19.0.2 TCP/3306 published 33060",
      "front ingress: Deny by p/default",
    ],
    ["both", "eth0 198.51.100.9 > br-shop 172.18.0.2 TCP/3306", "shop ingress: Deny by p/default"],
    ["both", "eth0 203.0.113.7 > br-front 172.19.0.2 TCP/3306", "front ingress: Allow"],
    [
      "chosen",
      "eth0 203.0.113.7 > br-front 172.19.0.2 TCP/3306 published 33060",
      "front ingress: Deny by p/default",
    ],
    // A network whose own traffic cannot be governed still means the published ports.
    [
      "lan",
      "eth0 203.0.113.7 > br-front 172.19.0.5 TCP/443 published 8443",
      "front ingress: Deny by p/default",
    ],
  ] as const)("%s %s: %s", ([policies, packet, expected]) => {
    expect(judged(states[policies], packet)).toBe(expected);
  });

  // Docker has just led a port there, and whose the address is nobody knows yet.
  test.for([
    ["shop", "eth0 203.0.113.7 > br-front 172.19.0.99 TCP/3306 published 33060", "held"],
    ["shop", "br-shop 172.18.0.4 > br-front 2001:db8:19::99 TCP/3306 published 1", "held"],
    ["both", "eth0 203.0.113.7 > br-front 172.19.0.99 TCP/3306 published 33060", "held"],
    ["both", "eth0 198.51.100.9 > br-shop 172.18.0.99 TCP/3306 published 33060", "held"],
    ["lan", "eth0 203.0.113.7 > br-shop 172.18.0.99 TCP/3306 published 33060", "held"],
    // No other network has a say there, so it makes no difference whose it is.
    ["shop", "eth0 203.0.113.7 > br-shop 172.18.0.99 TCP/1 published 1", "Deny by p/default"],
    ["every", "eth0 203.0.113.7 > br-front 172.19.0.99 TCP/1 published 1", "Deny by p/default"],
    ["none", "eth0 203.0.113.7 > br-front 172.19.0.99 TCP/1 published 1", ""],
    // Who is known, and what is no published port's.
    ["both", "eth0 198.51.100.9 > br-front 172.19.0.4 TCP/1 published 1", "Allow by a/office"],
    ["shop", "eth0 203.0.113.7 > br-front 172.19.0.99 TCP/3306", ""],
  ] as const)("%s %s: %s", ([policies, packet, expected]) => {
    const network = packet.includes("> br-front") ? "front" : "shop";
    const more = {
      every: stateOf(view, { p: "{ingress: {defaultAction: Deny}}" }),
      none: stateOf(view, { p: deny("not-there", "ingress"), q: deny("shop", "egress") }),
    };
    expect(judged({ ...states, ...more }[policies], packet)).toBe(
      expected === "" ? "" : `${network} ingress: ${expected}`,
    );
  });

  test("nothing is published through an internal network", () => {
    const view = host([network("shop"), network("back", { internal: true })]);
    const state = stateOf(view, { p: deny("shop", "ingress") });
    expect(state.bridges.map(({ bridge }) => bridge)).toEqual(["br-shop"]);
  });

  test("what Swarm publishes leads to a sandbox that is no container", () => {
    // As Swarm calls it, and its bridge.
    const gateway = network("docker_gwbridge", { bridge: "docker_gwbridge" });
    const swarm = stateOf(host([network("shop"), gateway]), { p: deny("shop", "ingress") });
    const packet = "eth0 203.0.113.7 > docker_gwbridge 172.18.0.2 TCP/80 published 80";
    expect(judged(swarm, packet)).toBe("");
  });

  test("in an audit it is not counted", () => {
    const state = stateOf(view, {
      a: "{mode: Audit, networkSelector: {names: [front]}, ingress: {defaultAction: Deny}}",
      p: "{mode: Audit, networkSelector: {names: [shop]}, ingress: {}}",
    });
    const to = (address: string) =>
      judged(state, `eth0 203.0.113.7 > br-front ${address} TCP/3306 published 33060`);
    expect([to("172.19.0.99"), to("172.19.0.2")]).toEqual([
      "",
      "| front ingress: Deny by a/default",
    ]);
  });
});

describe("a container that goes through a published port of its own host", () => {
  const view = host(
    [network("shop"), network("front")],
    [container("web", { shop: ["172.18.0.2"] }, "8080:80")],
  );
  test.for([
    ["egress", "shop egress: Deny by p/default"],
    ["ingress", "shop ingress: Deny by p/default"],
    ["internal", ""],
  ])("on one bridge, with %s denied: %s", ([direction, expected]) => {
    const state = stateOf(view, { p: deny("shop", direction ?? "") });
    expect(judged(state, "br-shop 172.18.0.3 > br-shop 172.18.0.2 TCP/80 published 8080")).toBe(
      expected,
    );
  });

  test("egress first, then ingress; its own network is a peer", () => {
    const state = stateOf(view, {
      p: "{networkSelector: {names: [shop]}, egress: {}, ingress: {defaultAction: Deny, rules: [{name: own, action: Allow, from: [{networkSelector: {names: [shop]}}]}]}}",
    });
    expect(judged(state, "br-shop 172.18.0.3 > br-shop 172.18.0.2 TCP/80 published 8080")).toBe(
      "shop egress: Allow; shop ingress: Allow by p/own",
    );
    expect(judged(state, "br-front 172.19.0.3 > br-shop 172.18.0.2 TCP/80 published 8080")).toBe(
      "shop ingress: Deny by p/default",
    );
  });
});

describe("from one bridge to another", () => {
  const view = host([network("shop"), network("front")]);
  test.for([
    [deny("front", "egress"), deny("shop", "ingress"), "front egress: Deny by p/default"],
    [
      "{networkSelector: {names: [front]}, egress: {}}",
      deny("shop", "ingress"),
      "front egress: Allow; shop ingress: Deny by q/default",
    ],
    [deny("front", "ingress"), deny("shop", "egress"), ""],
    [deny("front", "internal"), deny("shop", "internal"), ""],
  ])("%s and %s: %s", ([p = "", q = "", expected]) => {
    const state = stateOf(view, { p, q });
    expect(judged(state, "br-front 172.19.0.3 > br-shop 172.18.0.2 TCP/80")).toBe(expected);
  });
});

describe("interfaces", () => {
  const view = host([network("shop")]);
  const outside = (names: string) =>
    `{interfaces: [${names}], ingress: {defaultAction: Deny}, egress: {defaultAction: Reject}}`;
  const state = stateOf(view, { p: outside("eth1, virbr0, br-shop, gone0") });
  test.for([
    ["eth0 203.0.113.7 > eth1 192.168.1.2 TCP/80", "eth1 ingress: Deny by p/default"],
    ["eth1 192.168.1.2 > eth0 203.0.113.7 TCP/80", "eth1 egress: Reject by p/default"],
    ["eth1 192.168.1.2 > virbr0 192.168.2.2 TCP/80", "eth1 egress: Reject by p/default"],
    ["virbr0 192.168.2.2 > virbr0 192.168.2.3 TCP/80", "virbr0 egress: Reject by p/default"],
    // A bridge of Docker at one end is not outside Docker, nor is what ends at the host.
    ["eth1 192.168.1.2 > br-shop 172.18.0.2 TCP/80", ""],
    ["br-shop 172.18.0.2 > eth1 192.168.1.2 TCP/80", ""],
    ["br-shop 172.18.0.2 > br-shop 172.18.0.3 TCP/80", ""],
    ["eth1 192.168.1.2 > host 192.168.1.1 TCP/22", ""],
    ["eth0 203.0.113.7 > eth2 192.168.3.2 TCP/80", ""],
  ])("%s: %s", ([packet, expected]) => {
    expect(judged(state, packet ?? "")).toBe(expected);
  });

  test("a bridge of Docker and one that is not there are said", () => {
    expect(state.policies).toEqual([
      {
        name: "p",
        networks: ["br-shop", "eth1", "virbr0"],
        unenforceable: [
          { network: "br-shop", reason: "DockerBridge" },
          { network: "gone0", reason: "NoInterface" },
        ],
      },
    ]);
  });

  test("out of the first, then into the second, and only addresses are peers", () => {
    const rules = (peer: string) =>
      stateOf(host([network("shop")], [container("web", { shop: ["172.18.0.2"] })]), {
        p: `{interfaces: [eth0, eth1], egress: {}, ingress: {defaultAction: Deny, rules: [{name: r, action: Allow, from: [${peer}]}]}}`,
      });
    const verdict = (peer: string) =>
      judged(rules(peer), "eth0 172.18.0.2 > eth1 192.168.1.2 TCP/80");
    expect(verdict("{ipBlock: {cidr: 172.18.0.0/16}}")).toBe(
      "eth0 egress: Allow; eth1 ingress: Allow by p/r",
    );
    expect(verdict("{networkSelector: {}}")).toBe(
      "eth0 egress: Allow; eth1 ingress: Deny by p/default",
    );
    expect(verdict("{containerSelector: {}}")).toBe(
      "eth0 egress: Allow; eth1 ingress: Deny by p/default",
    );
  });
});

describe("egress.host", () => {
  const view = host(
    [network("shop"), network("front")],
    [container("job", { shop: ["172.18.0.2"] }), container("web", { shop: ["172.18.0.3"] })],
  );
  const toHost = (from: string, port = "TCP/22") => `br-shop ${from} > host 172.18.0.1 ${port}`;

  test.for([
    ["{egress: {host: true, defaultAction: Deny}}", "shop host: Deny by p/default"],
    ["{egress: {defaultAction: Deny}}", ""],
    ["{egress: {host: false, defaultAction: Deny}}", ""],
    ["{ingress: {defaultAction: Deny}, internal: {defaultAction: Deny}}", ""],
    ["{networkSelector: {names: [front]}, egress: {host: true, defaultAction: Deny}}", ""],
    [
      "{egress: {host: true, rules: [{name: ssh, action: Reject, ports: [{port: 22}]}]}}",
      "shop host: Reject by p/ssh",
    ],
    // The host has no bridge at its end: only addresses are peers.
    [
      "{egress: {host: true, defaultAction: Deny, rules: [{name: r, action: Allow, to: [{networkSelector: {}}, {containerSelector: {}}]}]}}",
      "shop host: Deny by p/default",
    ],
    [
      "{egress: {host: true, defaultAction: Deny, rules: [{name: r, action: Allow, to: [{ipBlock: {cidr: 172.18.0.1/32}}]}]}}",
      "shop host: Allow by p/r",
    ],
  ])("%s: %s", ([spec = "", expected]) => {
    expect(judged(stateOf(view, { p: spec }), toHost("172.18.0.2"))).toBe(expected);
  });

  test("only the policies that say it have a say, with their defaults too", () => {
    const state = stateOf(view, {
      a: "{priority: 1, egress: {defaultAction: Deny, rules: [{name: all, action: Reject}]}}",
      b: "{egress: {host: true, rules: [{name: ssh, action: Allow, ports: [{port: 22}]}]}}",
    });
    expect(judged(state, toHost("172.18.0.2"))).toBe("shop host: Allow by b/ssh");
    expect(judged(state, toHost("172.18.0.2", "TCP/80"))).toBe("shop host: Allow");
    expect(judged(state, "br-shop 172.18.0.2 > eth0 203.0.113.7 TCP/22")).toBe(
      "shop egress: Reject by a/all",
    );
  });

  test("narrowed by containers: others are not asked about, nobody's address is held", () => {
    const state = stateOf(view, {
      p: "{containerSelector: {names: [job]}, egress: {host: true, defaultAction: Deny}}",
    });
    const verdicts = ["172.18.0.2", "172.18.0.3", "172.18.0.9", "fe80::3"].map((from) =>
      judged(
        state,
        toHost(from).replace("172.18.0.1 ", from === "fe80::3" ? "fe80::1 " : "172.18.0.1 "),
      ),
    );
    expect(verdicts).toEqual([
      "shop host: Deny by p/default",
      "shop host: Allow",
      "shop host: held",
      "shop host: held",
    ]);
  });
});

test("log changes no verdict and is carried to the rule", () => {
  const view = host([network("shop")]);
  const state = stateOf(view, {
    p: "{ingress: {rules: [{name: a, action: Allow, log: true, ports: [{port: 80}]}, {name: b, action: Deny}]}}",
  });
  expect(judged(state, "eth0 203.0.113.7 > br-shop 172.18.0.2 TCP/80")).toBe(
    "shop ingress: Allow by p/a",
  );
  expect(
    state.bridges[0]?.ingress?.cases[0]?.list.rules.map(({ rule, log }) => [rule, log]),
  ).toEqual([
    ["a", true],
    ["b", undefined],
  ]);
});

test("the order in which Docker lists networks and containers changes nothing", () => {
  const networks = ["a", "b", "c"].map((name) => network(name));
  const containers = ["x", "y", "z"].flatMap((name, index) => [
    container(
      name,
      { a: [`10.1.0.${String(index + 2)}`], b: [`10.2.0.${String(index + 2)}`] },
      "80:80",
    ),
    container(`${name}2`, { c: [`10.3.0.${String(index + 2)}`] }),
  ]);
  const specs = {
    p: "{networkSelector: {names: [a, c]}, containerSelector: {names: [x, 'z*']}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{containerSelector: {names: ['*2']}}, {networkSelector: {}}]}]}}",
    q: "{mode: Audit, networkSelector: {names: [b]}, ingress: {}, egress: {host: true}, internal: {}}",
  };
  const straight = stateOf(host(networks, containers), specs);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(networks, { minLength: networks.length }),
      fc.shuffledSubarray(containers, { minLength: containers.length }),
      (...[turned, others]) => {
        expect(stateOf(host(turned, others), specs)).toEqual(straight);
      },
    ),
    { numRuns: 50 },
  );
});
