import { beforeEach, expect, test } from "vitest";
import { render } from "../core/render.ts";
import { emptyRuleset, type Ruleset } from "../core/ruleset.ts";
import { resolvedStates, type StateName } from "../core/testing/resolved-states.ts";
import type { Firewall, Reading } from "../ports.ts";
import { type AgentSite, newAgent, pass } from "./agent-passes.ts";
import { inIptables } from "./node-firewall.ts";

export interface FirewallSite {
  /** Of a host that has Docker's rules in iptables, and none of ours. */
  readonly firewall: Firewall;
  /** The agent's state directory. */
  readonly folder: string;
}

const chain = "SEAWALL-I-0a1b2c3d4e5f";
const set = "sw4-0123456789abcdef-a";

/** What agents rely on, at a real kernel and at one that is text: both are held to this. */
export function firewallContract(siteOf: () => FirewallSite | Promise<FirewallSite>): void {
  let site: AgentSite;
  let firewall: Firewall;

  beforeEach(async () => {
    site = { ...(await siteOf()), look: inIptables };
    firewall = site.firewall;
  });

  const observe = async (): Promise<Reading> => {
    const observed = await firewall.observe(inIptables);
    if (observed.kind === "failed") throw new Error(observed.failure.message);
    return observed;
  };
  const ownChains = async () => {
    const { IPv4 } = await observe();
    return IPv4 === "absent" ? [] : [...IPv4.tables.filter.chains.keys()].toSorted();
  };
  const sets = async () => {
    const { ipset } = await observe();
    return ipset === "missing" ? [] : [...ipset.keys()];
  };
  const filter = (...lines: readonly string[]) =>
    firewall.apply({
      ...{ family: "IPv4", variant: "nft" },
      text: ["*filter", ...lines, "COMMIT", ""].join("\n"),
    });

  test("a host that we never were at has Docker's chains, and none of ours", async () => {
    expect(await observe()).toMatchObject({
      ...{ kind: "observed", unread: [], elsewhere: { IPv4: "absent", IPv6: "absent" } },
      IPv4: {
        ...{ variant: "nft", dockerRules: true, dockerLedTo: true, dockerForward: false },
        dockerUser: { returns: 1, foreign: 0, heldByOthers: false },
        forward: { rules: 2, jumps: [1] },
      },
      IPv6: { variant: "nft" },
    });
    expect([await ownChains(), await sets()]).toEqual([[], []]);
  });

  test("what was written is read back, on the way from one ruleset to the next, until nothing is left", async () => {
    let state = newAgent;
    for (const name of statesWithAll) {
      const passed = await pass(site, rendered(name), state);
      expect(passed.drift, name).toEqual([]);
      state = passed.state;
      expect((await pass(site, rendered(name))).drift, "to a new agent it is no drift").toEqual([]);
    }
    expect(await ownChains()).toContain("SEAWALL");
    await pass(site, emptyRuleset, state);
    expect([await ownChains(), await sets()]).toEqual([[], []]);
  });

  test.each([
    ["a chain that is not there", `-A ${chain} -j SEAWALL-E-0a1b2c3d4e5f`],
    ["a set that is not there", `-A ${chain} -m set --match-set ${set} src -j DROP`],
    ["a line that nobody understands", `-Q ${chain}`],
  ])("a commit that names %s is refused, all of it", async (_, line) => {
    expect(await filter(`:${chain} - [0:0]`, `-A ${chain} -j DROP`, line)).toMatchObject({
      kind: "failed",
    });
    expect(await ownChains()).toEqual([]);
  });

  test("a set that a rule names stays; once none does, it can be destroyed", async () => {
    const made = `create ${set} hash:net family inet\nadd ${set} 198.51.100.0/24\n`;
    expect(await firewall.applySets(made)).toEqual({ kind: "done" });
    const named = `-A ${chain} -m set --match-set ${set} src -j DROP`;
    expect(await filter(`:${chain} - [0:0]`, named)).toEqual({ kind: "done" });
    await firewall.destroySets([set]);
    expect(await sets()).toEqual([set]);
    const { IPv4 } = await observe();
    expect(IPv4 !== "absent" && [...IPv4.setsInUse]).toEqual([set]);
    expect(
      await filter(`-D ${chain} ${named.slice(`-A ${chain} `.length)}`, `-X ${chain}`),
    ).toEqual({ kind: "done" });
    await firewall.destroySets([set]);
    expect([await ownChains(), await sets()]).toEqual([[], []]);
  });

  test("commands for sets that come ahead of one that fails have been done", async () => {
    const commands = `create ${set} hash:net family inet\nadd sw4-fedcba9876543210-a 192.0.2.1\n`;
    expect(await firewall.applySets(commands)).toMatchObject({ kind: "failed" });
    expect(await sets()).toEqual([set]);
    await firewall.destroySets([set]);
  });
}

/** With sets and without, in both families, with names that need care. */
const statesWithAll: readonly StateName[] = [
  "closed-from-outside",
  "open-for-both-families",
  "names-that-need-care",
  "denied-in-many-ways",
  "published-port",
  "nothing-selected",
  "reject-on-the-way-out",
];

function rendered(name: StateName): Ruleset {
  const result = render(resolvedStates[name], { ipset: "available" });
  if (result.kind === "refused") throw new Error(result.problems.join("; "));
  return result.ruleset;
}
