import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Action, DesiredPolicy, DesiredState, NetworkSelector } from "./desired-state.ts";
import { type DockerNetwork, viewOfNetworks } from "./host-view.ts";
import { resolve as resolveView } from "./resolve.ts";
import { oneList, type ResolvedState } from "./resolved-state.ts";

type PolicyFields = Partial<Omit<DesiredPolicy, "interfaces" | "networkSelector">> & {
  readonly networkSelector?: NetworkSelector;
};

/** On a host of which only the networks are known. */
function resolve(desired: DesiredState, networks: readonly DockerNetwork[]) {
  return resolveView(desired, viewOfNetworks(networks));
}

/** Of the only ingress case of the first bridge that has one. */
function listOf({ bridges }: ResolvedState) {
  return bridges.flatMap(({ ingress }) => ingress?.cases ?? [])[0]?.list;
}

function network(name: string, more: Partial<DockerNetwork> = {}): DockerNetwork {
  return {
    id: `id-${name}`,
    name,
    driver: "bridge",
    bridge: `br-${name}`,
    subnets: [],
    labels: {},
    internal: false,
    ...more,
  };
}

function policy(name: string, more: PolicyFields = {}): DesiredPolicy {
  return {
    name,
    tier: "Standard",
    priority: 500,
    networkSelector: {},
    ingress: { defaultAction: "Deny", rules: [] },
    ...more,
  };
}

const withoutBridge: DockerNetwork = {
  id: "id-shop",
  name: "shop",
  driver: "bridge",
  subnets: [],
  labels: {},
  internal: false,
};

describe("which networks a policy selects", () => {
  const networks = [
    network("shop_front", { labels: { project: "shop", stage: "prod" } }),
    network("shop_back", { labels: { project: "shop" } }),
    network("web", { labels: { project: "web" } }),
  ];
  test.for<{ selector: NetworkSelector; selected: string[] }>([
    { selector: {}, selected: ["shop_back", "shop_front", "web"] },
    { selector: { names: ["shop_back"] }, selected: ["shop_back"] },
    { selector: { names: ["shop_*"] }, selected: ["shop_back", "shop_front"] },
    { selector: { names: ["*_front", "web"] }, selected: ["shop_front", "web"] },
    {
      selector: { labels: { matchLabels: { project: "shop" } } },
      selected: ["shop_back", "shop_front"],
    },
    {
      selector: { names: ["*_back", "web"], labels: { matchLabels: { project: "shop" } } },
      selected: ["shop_back"],
    },
    { selector: { names: ["nothing"] }, selected: [] },
  ])("$selector: $selected", ({ selector, selected }) => {
    const state = resolve({ policies: [policy("p", { networkSelector: selector })] }, networks);
    expect(state.policies).toEqual([{ name: "p", networks: selected, unenforceable: [] }]);
    const judged = state.bridges.filter(({ ingress }) => ingress?.cases.length !== 0);
    expect(judged.map((bridge) => bridge.network)).toEqual(selected);
    // On the others, what comes by a published port and is nobody's that is known.
    expect(state.bridges.filter((bridge) => !judged.includes(bridge))).toEqual(
      networks
        .filter(({ name }) => selected.length > 0 && !selected.includes(name))
        .map(({ id, name }) => ({
          ...{ networkId: id, network: name, bridge: `br-${name}` },
          ingress: { cases: [], holds: false, holdsPublished: true },
        }))
        .toSorted((a, b) => (a.bridge < b.bridge ? -1 : 1)),
    );
  });
});

test("bridges that no rule can name stay held, and the rest goes on", () => {
  const view = {
    ...viewOfNetworks([network("web")]),
    interfaces: ["br-lan", "br-a+b", "br-a b", "eth0"],
  };
  expect(resolveView({ policies: [policy("p")] }, view).knownBridges).toEqual(["br-lan", "br-web"]);
});

describe("what cannot be enforced is selected and said", () => {
  test("another driver, and a bridge that is not there", () => {
    const state = resolve({ policies: [policy("p")] }, [
      network("fast", { driver: "macvlan" }),
      network("web"),
      withoutBridge,
    ]);
    expect(state.policies).toEqual([
      {
        name: "p",
        networks: ["fast", "shop", "web"],
        unenforceable: [
          { network: "fast", reason: "UnsupportedDriver" },
          { network: "shop", reason: "NoBridge" },
        ],
      },
    ]);
    expect(state.bridges.map(({ bridge }) => bridge)).toEqual(["br-web"]);
  });

  test("a driver that is not bridge is never enforced, even where it has a bridge", () => {
    const state = resolve({ policies: [policy("p")] }, [network("over", { driver: "overlay" })]);
    expect(state.bridges).toEqual([]);
  });

  const host = network("host", { driver: "host" });
  test.for<{ names: string[] | undefined; networks: string[] }>([
    { names: undefined, networks: [] },
    { names: ["*"], networks: [] },
    { names: ["host"], networks: ["host"] },
  ])("Docker's own host network, selected by $names: $networks", ({ names, networks }) => {
    const selector = names === undefined ? {} : { names };
    const state = resolve({ policies: [policy("p", { networkSelector: selector })] }, [host]);
    expect(state.policies[0]?.networks).toEqual(networks);
  });
});

test("two networks of one name are both enforced and named once", () => {
  const state = resolve({ policies: [policy("p", { networkSelector: { names: ["shop"] } })] }, [
    network("shop", { id: "2", bridge: "br-2" }),
    network("shop", { id: "1", bridge: "br-1" }),
  ]);
  expect(state.policies[0]?.networks).toEqual(["shop"]);
  expect(state.bridges.map(({ bridge, networkId }) => [bridge, networkId])).toEqual([
    ["br-1", "1"],
    ["br-2", "2"],
  ]);
});

describe("directions", () => {
  test("absent where no policy speaks of it", () => {
    const [bridge] = resolve({ policies: [policy("p")] }, [network("a")]).bridges;
    expect(bridge).toEqual({
      networkId: "id-a",
      network: "a",
      bridge: "br-a",
      ingress: oneList({ rules: [], defaultAction: "Deny", defaultPolicy: "p" }),
    });
  });

  test("rules of all policies stand in the order of the policies", () => {
    const rules = (name: string) => ({
      defaultAction: "Allow" as const,
      rules: [{ name, action: "Deny" as const }],
    });
    const state = resolve(
      {
        policies: [
          policy("first", { tier: "Guardrail", ingress: rules("x") }),
          policy("elsewhere", { networkSelector: { names: ["b"] }, ingress: rules("y") }),
          policy("last", {
            ingress: {
              ...rules("z"),
              rules: [
                {
                  name: "z",
                  action: "Allow",
                  from: { addresses: { v4: ["10.0.0.0/8"], v6: [] } },
                  ports: [{ kind: "icmp" }],
                },
              ],
            },
          }),
        ],
      },
      [network("a")],
    );
    expect(listOf(state)).toEqual({
      rules: [
        { policy: "first", rule: "x", tier: "Guardrail", action: "Deny" },
        {
          policy: "last",
          rule: "z",
          tier: "Standard",
          action: "Allow",
          from: { addresses: { v4: ["10.0.0.0/8"], v6: [] }, networks: [], unresolved: [] },
          ports: [{ kind: "icmp" }],
        },
      ],
      defaultAction: "Allow",
    });
  });

  test.for<[Action[], Action, string | undefined]>([
    [["Allow"], "Allow", undefined],
    [["Allow", "Reject"], "Reject", "p1"],
    [["Reject", "Deny"], "Deny", "p1"],
    [["Deny", "Reject", "Deny"], "Deny", "p0"],
    [["Reject", "Allow", "Reject"], "Reject", "p0"],
  ])("defaults %j together are %s, decided by %s", ([defaults, together, by]) => {
    const policies = defaults.map((defaultAction, index) =>
      policy(`p${String(index)}`, { ingress: { defaultAction, rules: [] } }),
    );
    const list = listOf(resolve({ policies }, [network("a")]));
    expect(list?.defaultAction).toBe(together);
    expect(list?.defaultPolicy).toBe(by);
  });
});

describe("networks as peers", () => {
  const other = network("other", { subnets: ["10.88.0.0/24", "2001:db8:88::/64"] });
  const networks = [
    network("shop"),
    other,
    network("bare"),
    network("odd", { subnets: ["10.9.0.0/24", "10.9.1.1/24"] }),
    network("lan", { driver: "macvlan" }),
    { ...withoutBridge, id: "id-later", name: "later" },
  ];
  function peers(...selectors: readonly NetworkSelector[]) {
    const from = { addresses: { v4: [], v6: [] }, networks: selectors };
    const ingress = {
      defaultAction: "Deny",
      rules: [{ name: "r", action: "Allow", from }],
    } as const;
    const one = policy("p", { networkSelector: { names: ["shop"] }, ingress });
    return listOf(resolve({ policies: [one] }, networks))?.rules[0]?.from?.networks;
  }
  const withSubnets = {
    bridge: "br-other",
    addresses: { v4: ["10.88.0.0/24"], v6: ["2001:db8:88::/64"] },
  };

  test.for([
    ["its bridge and its addresses", { names: ["other"] }, [withSubnets]],
    ["its bridge alone where they are not known", { names: ["bare"] }, [{ bridge: "br-bare" }]],
    ["nor where they cannot be read", { names: ["odd"] }, [{ bridge: "br-odd" }]],
    ["no bridge, no peer", { names: ["lan", "later"] }, []],
    ["nothing found, nothing matched", { names: ["gone"] }, []],
    [
      "the bridge itself too, for what comes back by a published port",
      { names: ["shop", "bare"] },
      [{ bridge: "br-bare" }, { bridge: "br-shop" }],
    ],
  ] as const)("%s", ([, selector, expected]) => {
    expect(peers(selector)).toEqual(expected);
  });

  test("any of the selectors, each bridge once", () => {
    expect(peers({ names: ["other"] }, { names: ["*r*"] })).toEqual([
      { bridge: "br-bare" },
      withSubnets,
    ]);
  });
});

test("no policy, no bridge; no network, and every policy is still listed", () => {
  expect(resolve({ policies: [] }, [network("a")])).toMatchObject({ bridges: [], policies: [] });
  expect(resolve({ policies: [policy("p")] }, [])).toMatchObject({
    bridges: [],
    policies: [{ name: "p", networks: [], unenforceable: [] }],
  });
});

test("the order in which Docker lists its networks changes nothing", () => {
  const networks = ["a", "b", "c"].flatMap((name) => [
    network(name),
    network(name, { id: `2-${name}`, bridge: `br2-${name}`, driver: "macvlan" }),
  ]);
  const desired = {
    policies: [policy("p"), policy("q", { networkSelector: { names: ["a", "c"] } })],
  };
  fc.assert(
    fc.property(fc.shuffledSubarray(networks, { minLength: networks.length }), (shuffled) => {
      expect(resolve(desired, shuffled)).toEqual(resolve(desired, networks));
    }),
  );
});
