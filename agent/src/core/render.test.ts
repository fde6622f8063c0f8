import type { ResolvedBridge, ResolvedState } from "@seawall/policy";
import { describe, expect, it, test } from "vitest";
import { hashRuleset } from "./hash.ts";
import { parseSave } from "./parse-save.ts";
import { planCommits } from "./plan.ts";
import { render } from "./render.ts";
import { families } from "./ruleset.ts";
import { resolvedStates, stateNames } from "./testing/resolved-states.ts";

function rulesetOf(state: ResolvedState) {
  const rendered = render(state);
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  return rendered.ruleset;
}

describe("the whole commit into a table that has only Docker's chains", () => {
  const docker = parseSave(
    "*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n[0:0] -A FORWARD -j DOCKER-USER\nCOMMIT\n",
  );

  test.each(stateNames)("%s", async (name) => {
    const ruleset = hashRuleset(rulesetOf(resolvedStates[name]));
    const commits = planCommits(ruleset, { IPv4: docker, IPv6: docker }, {});
    const text = families
      .map((family) => {
        const commit = commits.find((it) => it.family === family);
        return `# ${family}\n${commit?.text ?? "# nothing to write\n"}`;
      })
      .join("\n");
    await expect(text).toMatchFileSnapshot(`golden/${name}.rules`);
  });
});

describe("a rule never says more in a family than the policy does", () => {
  it("has no rule in a family of which it has no address", () => {
    const { IPv4, IPv6 } = rulesetOf(resolvedStates["open-for-one-cidr"]);
    const labels = (chains: typeof IPv4) => chains.at(1)?.rules.map(({ label }) => label);
    expect(labels(IPv4)).toEqual(["p/office", "p/default"]);
    expect(labels(IPv6)).toEqual(["p/default"]);
  });

  it("has no rule at all for an empty address group", () => {
    const { IPv4, IPv6 } = rulesetOf(resolvedStates["empty-address-group"]);
    expect(
      [...IPv4, ...IPv6].flatMap(({ rules }) => rules).filter((it) => it.label === "p/nobody"),
    ).toEqual([]);
  });

  it("leaves a family alone in which nothing can match", () => {
    expect(rulesetOf(resolvedStates["only-for-IPv4"]).IPv6).toEqual([]);
  });
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
          ingress: {
            rules: [
              {
                ...{ policy: "p", rule: "r", tier: "Standard", action: "Allow" },
                addresses: { v4: [], v6: [] },
                networks: [{ bridge: "br-+" }],
              },
            ],
            defaultAction: "Allow",
          },
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
    expect(render({ bridges, policies: [] })).toEqual({ kind: "refused", problems: [problem] });
  });
});
