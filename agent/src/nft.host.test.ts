import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type LabNode } from "@seawall/lab";
import { beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { countedChains, countsOf } from "./core/counters.ts";
import { describe as inWords } from "./core/diff.ts";
import { renderNft } from "./core/nft-render.ts";
import { differencesOf, isDone, planChange } from "./core/plan.ts";
import { render } from "./core/render.ts";
import { emptyRuleset, type Ruleset } from "./core/ruleset.ts";
import { setDigest } from "./core/set-digest.ts";
import { resolvedStates, type StateName, stateNames } from "./core/testing/resolved-states.ts";
import { createLastGood } from "./edge/last-good.ts";
import type { EnforceState } from "./enforce.ts";
import type { Look } from "./ports.ts";
import { pass as agentPass, newAgent, nextAgent } from "./testing/agent-passes.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import {
  type CountedFirewall,
  firewallOf,
  inIptables,
  inNftables,
  nftText,
  savedText,
  setDockerTables,
} from "./testing/node-firewall.ts";
import { uninstall } from "./uninstall.ts";

// Debian 13: its nft is the oldest that reads what newer ones write.
const kernels = useKernels(["kernel"], "26.1");
let node: LabNode;
let firewall: CountedFirewall;
let folder: string;

beforeAll(() => {
  node = kernels.node("kernel");
  firewall = firewallOf(node);
});

beforeEach(async () => {
  folder = kernels.folder();
  await node.run(["nft", "flush", "ruleset"]);
});

function tableOf(name: StateName): Ruleset {
  const rendered = renderNft(resolvedStates[name]);
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  return rendered.ruleset;
}

function rulesOf(name: StateName): Ruleset {
  const rendered = render(resolvedStates[name], { ipset: "available" });
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  return rendered.ruleset;
}

/** One pass of an agent, and the drift that it found, in words. */
async function pass(ruleset: Ruleset, before?: EnforceState, look = inNftables) {
  const { state, drift } = await agentPass({ firewall, folder, look }, ruleset, before);
  return { state, drift: drift.map(inWords) };
}

async function bring(ruleset: Ruleset, before?: EnforceState, look?: Look): Promise<EnforceState> {
  return (await pass(ruleset, before, look)).state;
}

describe("every state", () => {
  test("is in the kernel as written, whatever was there before, and is not written twice", async () => {
    let state = newAgent;
    for (const name of stateNames) {
      state = await bring(tableOf(name), state);
      const observed = await firewall.observe(inNftables);
      if (observed.kind === "failed") throw new Error(observed.failure.message);
      const { target } = planChange(tableOf(name), observed, {});
      expect([name, differencesOf(target, observed)]).toEqual([name, []]);
      expect([name, isDone(planChange(tableOf(name), observed, {}, state.applied))]).toEqual([
        name,
        true,
      ]);
    }
  });

  test("nothing selected is no table", async () => {
    const state = await bring(tableOf("two-policies-two-bridges"));
    await bring(tableOf("nothing-selected"), state);
    expect(await nftText(node)).toBe("");
  });

  test.each<readonly StateName[]>([
    ["open-for-one-cidr", "closed-from-outside", "two-policies-two-bridges"],
    ["large-address-groups", "only-for-IPv4", "audited-everywhere", "two-policies-two-bridges"],
    ["two-policies-two-bridges", "nothing-selected", "two-policies-two-bridges"],
  ])("by way of %s, %s, … it is the same table", async (...walk) => {
    await bring(tableOf("two-policies-two-bridges"));
    const direct = await sortedTable();
    await node.run(["nft", "flush", "ruleset"]);
    let state = newAgent;
    for (const name of walk) state = await bring(tableOf(name), state);
    expect(await sortedTable()).toEqual(direct);
  });
});

// The order of chains, sets and maps is the order in which they were made; it decides nothing.
async function sortedTable(): Promise<readonly string[]> {
  return (await nftText(node))
    .split(/\n(?=\t(?:chain|map|set) )/)
    .map((part) => part.trim())
    .sort();
}

describe("what somebody else does to our table is seen and repaired", () => {
  const name = "two-policies-two-bridges";
  const egress = "ipv4-E-0a1b2c3d4e5f";
  const bridge = "br-0a1b2c3d4e5f";
  const inTable = (words: string) => `${words} of table inet seawall`;
  const changed = (part: string) => `${inTable(part)} is not as it was written`;

  test.each<[string, readonly string[], readonly string[]]>([
    ["everything flushed", ["flush ruleset"], ["table inet seawall is missing"]],
    [
      "asleep",
      ["add table inet seawall { flags dormant; }"],
      ["table inet seawall is not as it was written"],
    ],
    [
      "a policy",
      ["add chain inet seawall forward { policy drop; }"],
      ["table inet seawall is not as it was written"],
    ],
    ["a chain emptied", [`flush chain inet seawall ${egress}`], [changed(`chain ${egress}`)]],
    ["a rule ahead", [`insert rule inet seawall ${egress} accept`], [changed(`chain ${egress}`)]],
    [
      "a chain of somebody",
      ["add chain inet seawall mine", `add rule inet seawall ${egress} jump mine`],
      [changed(`chain ${egress}`), inTable("chain mine") + " should not be there"],
    ],
    [
      "a bridge forgotten",
      [`delete element inet seawall ipv4-OUT { "${bridge}" }`],
      [changed("map ipv4-OUT")],
    ],
    [
      "a bridge added",
      ['add element inet seawall ipv4-OUT { "eth0" : drop }'],
      [changed("map ipv4-OUT")],
    ],
  ])("%s", async (_, commands, differences) => {
    const state = await bring(tableOf(name));
    const before = await sortedTable();
    for (const command of commands) await node.run(["nft", "-f", "-"], { input: command });
    const found = await pass(tableOf(name), state);
    expect(found.drift).toEqual(differences);
    expect(await sortedTable()).toEqual(before);
    expect((await pass(tableOf(name), found.state)).drift).toEqual([]);
  });

  test("a rule changed under its comment", async () => {
    const state = await bring(tableOf(name));
    const listed = await node.run(["nft", "-a", "list", "chain", "inet", "seawall", egress]);
    const [, comment, handle] = /dport 25 .*comment "(.*)" # handle (\d+)/.exec(listed) ?? [];
    const rule = `tcp dport 26 counter drop comment "${String(comment)}"`;
    const input = `replace rule inet seawall ${egress} handle ${String(handle)} ${rule}`;
    await node.run(["nft", "-f", "-"], { input });
    expect((await pass(tableOf(name), state)).drift).toEqual([changed(`chain ${egress}`)]);
    expect(await node.run(["nft", "list", "chain", "inet", "seawall", egress])).toContain(
      "dport 25",
    );
  });

  test.each([
    ["one more", "add element inet seawall SET { 203.0.113.9 }"],
    ["none", "flush set inet seawall SET"],
  ])("a set with %s", async (_, command) => {
    const state = await bring(tableOf("large-address-groups"));
    const set = tableOf("large-address-groups").nft.sets.find(({ family }) => family === "IPv4");
    const input = command.replace("SET", set?.name ?? "");
    await node.run(["nft", "-f", "-"], { input });
    const { drift } = await pass(tableOf("large-address-groups"), state);
    expect(drift).toEqual([changed(`set ${set?.name ?? ""}`)]);
  });

  test("tables of others are left alone", async () => {
    await node.run(["nft", "-f", "-"], {
      input:
        "add table ip docker-bridges\nadd chain ip docker-bridges c\nadd rule ip docker-bridges c drop",
    });
    const found = await nftText(node);
    const state = await bring(tableOf(name));
    await bring(emptyRuleset, state);
    expect(await nftText(node)).toBe(found);
  });
});

describe("what somebody did to its sets and maps while no agent ran", () => {
  const left = tableOf("large-address-groups");
  const [first = left.nft.sets[0], second = first] = left.nft.sets;
  const [map] = left.nft.maps;
  const [entry] = map?.entries ?? [];
  const grown = ((): Ruleset => {
    const sets = left.nft.sets.map((set) => {
      const cidrs = [...set.cidrs, set.family === "IPv4" ? "203.0.113.0/24" : "2001:db8:9::/64"];
      return set === first ? { ...set, cidrs, digest: setDigest(cidrs) } : set;
    });
    return { ...left, nft: { ...left.nft, sets } };
  })();
  const changed = (what: string, name = "") =>
    `${what} ${name} of table inet seawall is not as it was written`;
  const flush = (name = "") => `flush set inet seawall ${name}`;
  const forgotten = `delete element inet seawall ${String(map?.name)} { "${String(entry?.at)}" }`;

  test.each<[string, readonly string[], Ruleset, readonly string[]]>([
    ["nothing", [], left, []],
    ["nothing, and a group has grown", [], grown, []],
    ["a set", [flush(first?.name)], left, [changed("set", first?.name)]],
    ["a set, and it has grown", [flush(first?.name)], grown, [changed("set", first?.name)]],
    ["a set, another one has grown", [flush(second?.name)], grown, [changed("set", second?.name)]],
    ["a map", [forgotten], left, [changed("map", map?.name)]],
  ])("%s", async (_, commands, target, drift) => {
    const state = await bring(left);
    for (const input of commands) await node.run(["nft", "-f", "-"], { input });
    const next = await pass(target, await nextAgent(folder, state));
    expect(next.drift).toEqual(drift);
    expect((await pass(target, next.state)).drift).toEqual([]);
  });
});

describe("counters", () => {
  const shop = "ipv4-I-0a1b2c3d4e5f";

  /** Gives a rule these packets; only what is not rewritten keeps them. */
  async function count(chain: string, packets: number): Promise<void> {
    const listed = await node.run(["nft", "-a", "list", "chain", "inet", "seawall", chain]);
    const [, rule = "", handle = ""] = /\t(counter .*) # handle (\d+)/.exec(listed) ?? [];
    const counted = rule.replace(/packets \d+/, `packets ${String(packets)}`);
    const input = `replace rule inet seawall ${chain} handle ${handle} ${counted}`;
    await node.run(["nft", "-f", "-"], { input });
  }

  it("live on where nothing changed, and add up where something did", async () => {
    const ruleset = tableOf("two-policies-two-bridges");
    const blog = "ipv4-I-ffeeddccbbaa";
    let state = await bring(ruleset);
    await count(shop, 7);
    await count(blog, 5);
    state = await bring(ruleset, state);
    await node.run(["nft", "flush", "chain", "inet", "seawall", shop]);
    state = await bring(ruleset, state);
    await count(shop, 3);
    state = await bring(ruleset, state);
    const counts = countsOf(state.tally, "IPv4", countedChains(ruleset, "IPv4"));
    const defaults = counts.filter(({ rule }) => rule === "default");
    expect(defaults.map(({ network, packets }) => [network, packets])).toEqual([
      ["shop", 10],
      ["blog", 5],
    ]);
    expect(await node.run(["nft", "list", "chain", "inet", "seawall", blog])).toContain(
      "packets 5 ",
    );
  });
});

describe("uninstall", () => {
  const gone = { kind: "removed", hadRules: true };

  it("takes the table, and nothing else", async () => {
    await setDockerTables(node);
    const found = await savedText(node);
    await bring(tableOf("large-address-groups"));
    expect(await uninstall(firewall, createLastGood(folder))).toEqual(gone);
    expect(await nftText(node)).toBe("");
    expect(await savedText(node)).toBe(found);
  });

  it("takes a table of which no record is left", async () => {
    await setDockerTables(node);
    await bring(tableOf("closed-from-outside"));
    await rm(join(folder, "footprint.json"));
    expect(await uninstall(firewall, createLastGood(folder))).toEqual(gone);
    expect(await nftText(node)).toBe("");
  });

  it("takes both, where the agent ended while it changed over", async () => {
    await setDockerTables(node);
    await bring(rulesOf("closed-from-outside"), newAgent, inIptables);
    await node.run(["nft", "add", "table", "inet", "seawall"]);
    expect(await uninstall(firewall, createLastGood(folder))).toEqual(gone);
    expect(await nftText(node)).toBe("");
    expect(await savedText(node)).not.toContain("SEAWALL");
  });

  it.each([
    ["", (): Promise<void> => Promise.resolve()],
    [", nor a record", (): Promise<void> => rm(join(folder, "footprint.json"))],
  ])("needs no iptables where there is none%s", async (_, forget) => {
    await bring(tableOf("closed-from-outside"));
    await forget();
    const without = firewallOf(
      node,
      (exec) => async (argv, options) =>
        /^(?:ip6?tables|ipset)/.test(argv[0] ?? "")
          ? { kind: "notStarted", code: "ENOENT" }
          : exec(argv, options),
    );
    expect(await uninstall(without, createLastGood(folder))).toEqual(gone);
    expect(await nftText(node)).toBe("");
  });

  it("says what keeps it from seeing the table go", async () => {
    await bring(tableOf("closed-from-outside"));
    const without = firewallOf(
      node,
      (exec) => async (argv, options) =>
        argv[0] === "nft" ? { kind: "notStarted", code: "ENOENT" } : exec(argv, options),
    );
    expect(await uninstall(without, createLastGood(folder))).toMatchObject({
      kind: "failed",
      failure: { reason: "NftMissing" },
    });
  });
});
