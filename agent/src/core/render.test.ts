import {
  oneList,
  type ResolvedBridge,
  type ResolvedPeers,
  type ResolvedRule,
  type ResolvedState,
} from "@seawall/policy";
import { describe, expect, it, test } from "vitest";
import { parseSave } from "./parse-save.ts";
import { planChange } from "./plan.ts";
import { render } from "./render.ts";
import {
  type Chain,
  emptyRuleset,
  families,
  inputChain,
  outputChain,
  tables,
  topChain,
} from "./ruleset.ts";
import { resolvedStates, stateNames } from "./testing/resolved-states.ts";
import {
  at,
  behind,
  bridge,
  denyRest,
  manyHosts,
  plane,
  published,
  rule,
  state,
} from "./testing/state-parts.ts";

function rulesetOf(state: ResolvedState) {
  const rendered = render(state, { ipset: "available" });
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  return rendered.ruleset;
}

describe("the whole commit into a table that has only Docker's chains", () => {
  const docker = parseSave(
    "*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n[0:0] -A FORWARD -j DOCKER-USER\nCOMMIT\n",
    "nft",
  );

  test.each(stateNames)("%s", async (name) => {
    const observed = { IPv4: docker, IPv6: docker, ipset: new Map() };
    const { sets, commits } = planChange(rulesetOf(resolvedStates[name]), observed, {});
    const text = families
      .map((family) => {
        const texts = [...sets, ...commits].filter((it) => it.family === family);
        const written = texts.map((it) => it.text).join("");
        return `# ${family}\n${written === "" ? "# nothing to write\n" : written}`;
      })
      .join("\n");
    await expect(text).toMatchFileSnapshot(`golden/${name}.rules`);
  });
});

describe("the chains of every state", () => {
  test.each(stateNames)("%s", (name) => {
    const { chains } = rulesetOf(resolvedStates[name]);
    for (const all of families.flatMap((family) => tables.map((table) => chains[family][table]))) {
      const names = all.map((chain) => chain.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((one) => one.length > 28)).toEqual([]);
      const entries = names.filter((one) => [topChain, inputChain, outputChain].includes(one));
      expect(reached(all, entries)).toEqual(new Set(names));
    }
  });

  test("an audit leads to nothing that denies", () => {
    const IPv4 = rulesetOf(resolvedStates["audited-everywhere"]).chains.IPv4.filter;
    const audited = reached(IPv4, ["SEAWALL-AUDIT", "SEAWALL-AUDIT-INPUT"]);
    const targets = IPv4.filter(({ name }) => audited.has(name)).flatMap(({ rules }) =>
      rules.map(({ target }) => target.kind),
    );
    expect(new Set(targets)).toEqual(new Set(["return", "goto", "jump", "log", "mark"]));
  });
});

test("what is counted in an audit would be denied, but for rules that let through", () => {
  const IPv4 = rulesetOf(resolvedStates["audited-everywhere"]).chains.IPv4.filter;
  const counted = IPv4.flatMap(({ rules }) =>
    rules.flatMap(({ origin, target }) =>
      origin?.audited === undefined ? [] : [{ ends: target.kind === "return", lets: origin.lets }],
    ),
  );
  expect(counted).toContainEqual({ ends: true, lets: true });
  expect(counted).toContainEqual({ ends: false, lets: undefined });
  expect(counted.filter(({ ends, lets }) => ends !== (lets === true))).toEqual([]);
});

/** How many chains a packet of a chain of the kernel can be led on through, one behind the other. */
function depthBelow(chains: readonly Chain[], name: string): number {
  const rules = chains.find((chain) => chain.name === name)?.rules ?? [];
  return Math.max(
    0,
    ...rules.map(({ target }) => ("chain" in target ? 1 + depthBelow(chains, target.chain) : 0)),
  );
}

// net/netfilter/nf_tables_api.c, NFT_JUMP_STACK_SIZE: 16 with the kernel's own chain. DOCKER-USER is one more.
test.each(stateNames)("a kernel takes chains as deep as those of %s", (name) => {
  const { chains } = rulesetOf(resolvedStates[name]);
  for (const family of families) {
    for (const table of tables) {
      expect(depthBelow(chains[family][table], topChain)).toBeLessThanOrEqual(13);
      expect(depthBelow(chains[family][table], inputChain)).toBeLessThanOrEqual(14);
    }
  }
});

/** These chains and all that they lead to. */
function reached(chains: readonly Chain[], from: readonly string[]): ReadonlySet<string> {
  const found = new Set(from);
  for (const name of found) {
    for (const { target } of chains.find((chain) => chain.name === name)?.rules ?? []) {
      if ("chain" in target) found.add(target.chain);
    }
  }
  return found;
}

describe("a rule never says more in a family than the policy does", () => {
  it("has no rule in a family of which it has no address", () => {
    const { IPv4, IPv6 } = rulesetOf(resolvedStates["open-for-one-cidr"]).chains;
    const labels = ({ filter }: typeof IPv4) => filter.at(-1)?.rules.map(({ label }) => label);
    expect(labels(IPv4)).toEqual(["p/office", "p/default log", "p/default"]);
    expect(labels(IPv6)).toEqual(["p/default log", "p/default"]);
  });

  it("has no rule at all for an empty address group", () => {
    const { IPv4, IPv6 } = rulesetOf(resolvedStates["empty-address-group"]).chains;
    expect(
      [...IPv4.filter, ...IPv6.filter]
        .flatMap(({ rules }) => rules)
        .filter((it) => it.label === "p/nobody"),
    ).toEqual([]);
  });

  it("leaves a family alone in which nothing can match", () => {
    const { IPv6 } = rulesetOf(resolvedStates["only-for-IPv4"]).chains;
    expect(IPv6).toEqual({ filter: [], security: [] });
  });
});

test.each(stateNames)(
  "where the kernel cannot tell anybody, %s is enforced all the same",
  (name) => {
    const told = rulesetOf(resolvedStates[name]);
    const rendered = render(resolvedStates[name], { ipset: "available", nflog: "missing" });
    const untold = rendered.kind === "ruleset" ? rendered.ruleset : emptyRuleset;
    const all = ({ chains }: typeof told) =>
      families
        .flatMap((family) => tables.flatMap((table) => chains[family][table]))
        .flatMap((chain) => chain.rules.map((rule) => ({ chain: chain.name, ...rule })));
    expect(all(untold)).toEqual(all(told).filter(({ target }) => target.kind !== "log"));
    expect(untold.sets).toEqual(told.sets);
  },
);

describe("without ipset", () => {
  const addresses = (count: number): ResolvedPeers => at(manyHosts(count));
  const withRule = (ends: Pick<ResolvedRule, "from" | "to">): ResolvedState =>
    state(bridge("shop", { internal: oneList({ rules: [rule("r", ends)], ...denyRest }) }));

  test.each<[string, Pick<ResolvedRule, "from" | "to">, number]>([
    ["one rule per CIDR", { from: addresses(40) }, 40],
    ["as many as 1,000", { to: addresses(1000) }, 1000],
    ["one per pair", { from: addresses(40), to: addresses(25) }, 1000],
  ])("%s", (_, ends, count) => {
    const rendered = render(withRule(ends), { ipset: "missing" });
    const { chains, sets } = rendered.kind === "ruleset" ? rendered.ruleset : emptyRuleset;
    const rules = chains.IPv4.filter.flatMap((chain) => chain.rules);
    expect(rules.filter(({ label }) => label === "p/r")).toHaveLength(count);
    expect(sets).toEqual(emptyRuleset.sets);
  });

  test.each<[string, Pick<ResolvedRule, "from" | "to">, number]>([
    ["more CIDRs", { from: addresses(1001) }, 1001],
    ["more pairs", { from: addresses(40), to: addresses(26) }, 1040],
  ])("%s are refused", (_, ends, count) => {
    const problem = `policy p, rule r: ${String(count)} IPv4 addresses or pairs of them, and without ipset a rule takes 1000: install the package ipset on this host`;
    expect(render(withRule(ends), { ipset: "missing" })).toEqual({
      kind: "refused",
      problems: [problem],
    });
    expect(render(withRule(ends), { ipset: "available" }).kind).toBe("ruleset");
  });
});

test("who is in a set touches no rule, also where it is asked of published ports", () => {
  const of = (count: number): ResolvedState => {
    const from = at(manyHosts(count));
    const shop = bridge("shop", {
      ingress: oneList({ rules: [rule("many", { from })], ...denyRest }),
    });
    return { ...state(shop), bindings: [published("TCP", "0.0.0.0", 8080, shop, "10.9.0.2", 80)] };
  };
  expect(rulesetOf(of(40)).sets).not.toEqual(rulesetOf(of(50)).sets);
  expect(rulesetOf(of(40)).chains).toEqual(rulesetOf(of(50)).chains);
});

describe("what cannot become rules is refused as a whole", () => {
  const [shop] = resolvedStates["closed-from-outside"].bridges;
  const [, blog] = resolvedStates["two-policies-two-bridges"].bridges;
  if (shop === undefined || blog === undefined) throw new Error("the catalogue has changed");

  test.each<[string, readonly ResolvedBridge[], string]>([
    [
      "a wildcard",
      [{ ...shop, bridge: "br-+" }],
      'network shop: "br-+" is not a usable interface name',
    ],
    [
      "a line break",
      [{ ...shop, bridge: "br\n-A" }],
      'network shop: "br\\n-A" is not a usable interface name',
    ],
    [
      "too long a name",
      [{ ...shop, bridge: "a".repeat(16) }],
      `network shop: "${"a".repeat(16)}" is not a usable interface name`,
    ],
    [
      "an id that is none",
      [{ ...shop, networkId: "x; -j ACCEPT" }],
      'network shop: "x; -j ACCEPT" is not a network id',
    ],
    [
      "a wildcard as a peer",
      [
        {
          ...shop,
          ingress: oneList({
            rules: [rule("r", { from: behind({ bridge: "br-+" }) })],
            defaultAction: "Allow",
          }),
        },
      ],
      'peer of network shop: "br-+" is not a usable interface name',
    ],
    [
      "one bridge twice",
      [shop, { ...blog, bridge: shop.bridge }],
      `networks shop and blog share bridge ${shop.bridge}`,
    ],
    [
      "ids that begin alike",
      [shop, { ...blog, networkId: `${shop.networkId.slice(0, 12)}0000` }],
      "networks shop and blog have ids that begin alike",
    ],
  ])("%s", (_, bridges, problem) => {
    expect(render(state(...bridges), { ipset: "available" })).toEqual({
      kind: "refused",
      problems: [problem],
    });
  });

  test.each<[string, Partial<ResolvedState>, readonly string[]]>([
    [
      "an interface with a wildcard",
      { interfaces: [{ interface: "eth+" }] },
      ['outside Docker: "eth+" is not a usable interface name'],
    ],
    [
      "a bridge of Docker that is not outside",
      { interfaces: [{ interface: "eth1" }], dockerBridges: ["br-+"] },
      ['bridge of Docker: "br-+" is not a usable interface name'],
    ],
    [
      "known containers of an id that is none",
      { known: [{ networkId: "no", bridge: "br-x", addresses: { v4: [], v6: [] } }] },
      ['network of br-x: "no" is not a network id'],
    ],
    [
      "an audit, and the same enforced, once",
      { bridges: [{ ...shop, bridge: "br-+" }], audit: plane({ ...shop, bridge: "br-+" }) },
      ['network shop: "br-+" is not a usable interface name'],
    ],
  ])("%s", (_, part, problems) => {
    expect(render({ ...state(), ...part }, { ipset: "available" })).toEqual({
      kind: "refused",
      problems,
    });
  });
});
