import { eventually, type LabNode } from "@seawall/lab";
import type { Family } from "@seawall/policy";
import { beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { type Difference, describe as inWords } from "./core/diff.ts";
import { emptyRuleset, families, type Rule, type Ruleset } from "./core/ruleset.ts";
import { setName } from "./core/set-name.ts";
import type { Variant } from "./core/variant.ts";
import { createLastGood } from "./edge/last-good.ts";
import { type EnforceState, enforce } from "./enforce.ts";
import { newAgent, nextAgent } from "./testing/agent-passes.ts";
import { startFlood } from "./testing/flood.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { firewallOf, inIptables, type Machine, setDockerTables } from "./testing/node-firewall.ts";
import { uninstall } from "./uninstall.ts";

const kernels = useKernels(["kernel", "client"]);
let kernel: LabNode;
let client: LabNode;
let folder: string;

beforeAll(() => {
  kernel = kernels.node("kernel");
  client = kernels.node("client");
});

beforeEach(async () => {
  folder = kernels.folder();
  await setDockerTables(kernel);
  await removeOwnSets();
});

const withoutIpset = (): Machine => ({
  pid: kernel.pid,
  exec: (argv, options) =>
    argv[0] === "ipset"
      ? Promise.resolve({ code: 127, stdout: "", stderr: "", timedOut: false })
      : kernel.exec(argv, options),
});

/** One pass of an agent, and the drift that it found. */
async function pass(ruleset: Ruleset, state: EnforceState = newAgent, machine: Machine = kernel) {
  const firewall = firewallOf(machine);
  const observed = await firewall.observe(inIptables);
  if (observed.kind === "failed") throw new Error(observed.failure.message);
  const drift: Difference[] = [];
  const edges = { firewall, lastGood: createLastGood(folder), look: inIptables };
  const result = await enforce(ruleset, state, observed, edges, (found) => {
    drift.push(...found);
  });
  return { ...result, drift: drift.map(inWords) };
}

async function bring(ruleset: Ruleset, state: EnforceState = newAgent): Promise<EnforceState> {
  const { failure, state: after } = await pass(ruleset, state);
  if (failure !== undefined) throw new Error(failure.message);
  return after;
}

const key = "p/listed/from";
const [first, second] = [setName("IPv4", key, "a"), setName("IPv4", key, "b")];

function listed(kind: "return" | "drop"): Rule {
  const match = ["-p", "udp", "-m", "set", "--match-set", { set: key }, "src"];
  return { match, target: { kind }, label: "p/listed" };
}

const restDenied: Rule = { match: ["-p", "udp"], target: { kind: "drop" }, label: "p/default" };
const counted: Rule = {
  match: ["-p", "udp"],
  target: { kind: "jump", chain: "SEAWALL-X" },
  label: "counted",
};

/** Every UDP packet passes SEAWALL-X, which is the same in all of these. */
function ruleset(cidrs: readonly string[], ...rules: readonly Rule[]): Ruleset {
  const X = { match: ["-p", "udp"], target: { kind: "return" }, label: "all" } as const;
  return {
    ...emptyRuleset,
    chains: {
      ...emptyRuleset.chains,
      IPv4: {
        filter: [
          { name: "SEAWALL", rules: [counted, ...rules] },
          { name: "SEAWALL-X", rules: [X] },
        ],
        security: [],
      },
    },
    sets: { IPv4: [{ key, cidrs }], IPv6: [] },
  };
}

async function ownSets(): Promise<readonly string[]> {
  const { stdout } = await kernel.exec(["ipset", "list", "-name"]);
  return stdout.split("\n").filter((name) => name.startsWith("sw"));
}

async function removeOwnSets(): Promise<void> {
  await eventually(
    async () => {
      for (const name of await ownSets()) await kernel.exec(["ipset", "destroy", name]);
      return (await ownSets()).length === 0;
    },
    { what: "no set to be left" },
  );
}

const programs = { IPv4: "iptables-nft", IPv6: "ip6tables-nft" } as const;

/** How many packets the rules of a chain that show this text have counted. */
async function packets(chain: string, text: string, family: Family = "IPv4"): Promise<number> {
  const save = await kernel.run([`${programs[family]}-save`, "-c", "-t", "filter"]);
  const line = save.split("\n").find((it) => it.includes(`-A ${chain} `) && it.includes(text));
  return Number(/^\[(\d+):/.exec(line ?? "")?.[1]);
}

/** The kernel's numbers of a chain and its rules: what is written anew has others. */
async function handles(chain: string, family: Family): Promise<string> {
  const of = family === "IPv4" ? "ip" : "ip6";
  const listed = await kernel.run(["nft", "-a", "list", "chain", of, "filter", chain]);
  return [...listed.matchAll(/# handle \d+/g)].join();
}

/** The same rules in both families, each with CIDRs of its own. */
function both(cidrs: Readonly<Record<Family, readonly string[]>>, ...rules: readonly Rule[]) {
  const { chains, sets, ...rest } = ruleset(cidrs.IPv4, ...rules);
  return {
    ...rest,
    chains: { IPv4: chains.IPv4, IPv6: chains.IPv4 },
    sets: { IPv4: sets.IPv4, IPv6: [{ key, cidrs: cidrs.IPv6 }] },
  };
}

describe("under a steady stream of each family that old and new rules deny", () => {
  const sinks = { IPv4: "203.0.113.9", IPv6: "2001:db8:bad::9" } as const;
  const prefixes = { IPv4: "203.0.113.0/24", IPv6: "2001:db8:bad::/64" } as const;
  const othersOf = (count: number) => ({
    IPv4: [`10.9.${String(count)}.0/24`, "10.10.0.0/16"],
    IPv6: [`fd09:${String(count + 1)}::/32`, "fd10::/16"],
  });

  beforeAll(async () => {
    await kernel.run(["ip", "link", "add", "sink", "type", "bridge"]);
    await kernel.run(["ip", "link", "set", "sink", "up"]);
    await kernel.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    await kernel.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]);
    for (const family of families) {
      const via = family === "IPv4" ? kernel.ipv4 : kernel.ipv6;
      await kernel.run(["ip", "route", "add", prefixes[family], "dev", "sink"]);
      await client.run(["ip", "route", "add", prefixes[family], "via", via]);
    }
  });

  const inBoth = <T>(look: (family: Family) => Promise<T>) => Promise.all(families.map(look));
  // What gets as far as Docker's place in FORWARD is counted there.
  const passed = () => inBoth((family) => packets("FORWARD", "--dport 5000", family));
  const dropped = () => inBoth((family) => packets("SEAWALL", "--match-set", family));
  const isAny = (counts: readonly number[]) => counts.every((count) => count > 0);

  it("none passes while a set changes alone, and while rules and sets change together", async () => {
    const me = { IPv4: `${client.ipv4}/32`, IPv6: `${client.ipv6}/128` };
    const alone = { IPv4: [me.IPv4], IPv6: [me.IPv6] };
    const ear = ["-A", "FORWARD", "-p", "udp", "--dport", "5000", "-j", "ACCEPT"];
    for (const program of Object.values(programs)) await kernel.run([program, ...ear]);
    const denied = (count: number) => {
      const { IPv4, IPv6 } = othersOf(count);
      return both({ IPv4: [me.IPv4, ...IPv4], IPv6: [me.IPv6, ...IPv6] }, listed("drop"));
    };
    let state = await bring(denied(0));
    const flood = await startFlood(client, ...Object.values(sinks));
    try {
      await eventually(async () => isAny(await dropped()), { what: "the streams" });

      const rules = await inBoth((family) => handles("SEAWALL", family));
      const others = await inBoth((family) => handles("SEAWALL-X", family));
      expect([...rules, ...others]).not.toContain("");
      for (let count = 1; count <= 15; count += 1) state = await bring(denied(count), state);
      expect(await inBoth((family) => handles("SEAWALL", family))).toEqual(rules);
      expect((await ownSets()).toSorted()).toEqual([first, setName("IPv6", key, "a")]);

      // Either set under the other rules would let the stream pass.
      const notAllowed = both(othersOf(0), listed("return"), restDenied);
      for (let count = 0; count < 4; count += 1) {
        state = await bring(notAllowed, state);
        expect(await kernel.run(["iptables-nft", "-S", "SEAWALL"])).toContain(second);
        expect(await kernel.run(["ip6tables-nft", "-S", "SEAWALL"])).toContain(
          setName("IPv6", key, "b"),
        );
        state = await bring(denied(0), state);
      }
      // The chain that says the same stands as it was, and the other does not.
      expect(await inBoth((family) => handles("SEAWALL", family))).not.toEqual(rules);
      expect(await inBoth((family) => handles("SEAWALL-X", family))).toEqual(others);
      expect(await passed()).toEqual([0, 0]);

      await bring(both(alone, listed("return"), restDenied), state);
      await eventually(async () => isAny(await passed()), { what: "what is allowed to be heard" });
    } finally {
      await flood.stop();
    }
  });
});

describe("what somebody else does to our sets is seen and repaired", () => {
  const wanted = ruleset(["10.0.0.0/8", "192.0.2.7/32"], listed("drop"));
  const changed = `set ${first} (${key}) is not as it was written`;

  test.each<[string, readonly (readonly string[])[]]>([
    ["flush", [["flush", first]]],
    ["one more", [["add", first, "0.0.0.0/1"]]],
    ["one less", [["del", first, "192.0.2.7"]]],
    ["an exception", [["add", first, "10.9.0.0/16", "nomatch"]]],
    [
      "swap with one of another kind",
      [
        ["create", "other", "hash:net", "timeout", "900"],
        ["swap", first, "other"],
        ["destroy", "other"],
      ],
    ],
  ])("%s", async (_, commands) => {
    const state = await bring(wanted);
    for (const command of commands) await kernel.run(["ipset", ...command]);
    const { drift, failure, state: after } = await pass(wanted, state);
    expect([drift, failure]).toEqual([[changed], undefined]);
    expect((await pass(wanted, after)).drift).toEqual([]);
    await eventually(
      async () => {
        await pass(wanted, after);
        return (await ownSets()).length === 1;
      },
      { what: "the old set to be gone" },
    );
  });

  it("rules flushed and the set destroyed", async () => {
    const state = await bring(wanted);
    await kernel.run(["iptables-nft", "-F"]);
    await eventually(async () => (await kernel.exec(["ipset", "destroy", first])).code === 0, {
      what: "the kernel to let the set go",
    });
    const { drift } = await pass(wanted, state);
    expect(drift).toContain(`set ${first} (${key}) is missing`);
    expect(await packets("SEAWALL", first)).toBe(0);
  });
});

describe("sets of others, and hosts without ipset", () => {
  const wanted = ruleset(["10.0.0.0/8"], listed("drop"));

  it("leaves sets of others alone, whatever they are called, and takes ours away", async () => {
    await kernel.run(["ipset", "create", "sw4-office", "hash:ip"]);
    await bring(wanted);
    expect(await ownSets()).toEqual(["sw4-office", first]);
    expect(await uninstall(firewallOf(kernel), createLastGood(folder))).toMatchObject({
      kind: "removed",
    });
    expect(await ownSets()).toEqual(["sw4-office"]);
    await kernel.run(["ipset", "destroy", "sw4-office"]);
  });

  it("says which rule of somebody else keeps it from removing a set", async () => {
    await bring(wanted);
    const foreign = ["INPUT", "-m", "set", "--match-set", first, "src", "-j", "ACCEPT"];
    await kernel.run(["iptables-nft", "-A", ...foreign]);
    expect(await uninstall(firewallOf(kernel), createLastGood(folder))).toMatchObject({
      failure: { reason: "SetsInUse", message: expect.stringContaining(first) as string },
    });
    await kernel.run(["iptables-nft", "-D", ...foreign]);
    expect(await uninstall(firewallOf(kernel), createLastGood(folder))).toMatchObject({
      kind: "removed",
    });
  });

  it("leaves rules that name sets in force when ipset is gone, and repairs them", async () => {
    const state = await bring(wanted);
    await kernel.run(["iptables-nft", "-F", "SEAWALL"]);
    const { failure, drift, state: after } = await pass(wanted, state, withoutIpset());
    expect([failure, drift]).toEqual([undefined, ["chain SEAWALL is not as it was written"]]);
    expect(await packets("SEAWALL", first)).toBe(0);
    expect((await pass(wanted, after)).drift).toEqual([]);
    expect(await uninstall(firewallOf(withoutIpset()), createLastGood(folder))).toMatchObject({
      failure: { reason: "IpsetMissing" },
    });
  });
});

// Last: the tests above would find what it leaves in iptables-legacy.
describe.each<Variant>(["nft", "legacy"])("sets while no agent ran, iptables-%s", (variant) => {
  beforeEach(async () => {
    await setDockerTables(kernel, variant);
    // What rules name, nobody can remove.
    return () => kernel.run([`iptables-${variant}`, "-F"]);
  });

  const otherKey = "p/others/from";
  const other = setName("IPv4", otherKey, "a");
  const others: Rule = {
    match: ["-p", "tcp", "-m", "set", "--match-set", { set: otherKey }, "src"],
    ...{ target: { kind: "drop" }, label: "p/others" },
  };
  const withBoth = (cidrs: readonly string[], otherCidrs: readonly string[]): Ruleset => {
    const both = ruleset(cidrs, listed("drop"), others);
    const sets = [...both.sets.IPv4, { key: otherKey, cidrs: otherCidrs }];
    return { ...both, sets: { IPv4: sets, IPv6: [] } };
  };
  const [members, otherMembers] = [["10.0.0.0/8", "192.0.2.7/32"], ["198.51.100.0/24"]];
  const wanted = withBoth(members, otherMembers);
  const grown = withBoth([...members, "203.0.113.0/24"], otherMembers);
  const withoutSets = { ...ruleset([], restDenied), sets: emptyRuleset.sets };
  const less = ["ipset", "del", first, "192.0.2.7"];
  const otherLess = ["ipset", "flush", other];
  const destroyed = [
    [`iptables-${variant}`, "-F"],
    ["ipset", "destroy", first],
  ];
  /** The kernel may hold a set for a moment after the last rule that named it. */
  const doAll = async (commands: readonly (readonly string[])[]): Promise<void> => {
    for (const command of commands) {
      const isDone = async () => (await kernel.exec(command)).code === 0;
      await eventually(isDone, { what: command.join(" ") });
    }
  };
  const ofFirst = `set ${first} (${key})`;
  const changed = `${ofFirst} is not as it was written`;
  const otherChanged = `set ${other} (${otherKey}) is not as it was written`;

  test.each<[string, readonly (readonly string[])[], Ruleset, readonly string[]]>([
    ["as they were left", [], wanted, []],
    ["a group has grown", [], grown, []],
    ["one less", [less], wanted, [changed]],
    ["both", [less, otherLess], wanted, [changed, otherChanged]],
    [
      "somebody's change, in another set than the one that has grown",
      [otherLess],
      grown,
      [otherChanged],
    ],
    ["somebody's change, and the same set has grown", [less], grown, [changed]],
    [
      "somebody has added what the group has got",
      [["ipset", "add", first, "203.0.113.0/24"]],
      grown,
      [],
    ],
    ["somebody's change, and no rule names it any more", [less], withoutSets, []],
    ["gone, and the rules are others now", destroyed, grown, [`${ofFirst} is missing`]],
  ])("%s", async (_, commands, target, drift) => {
    const left = await bring(wanted);
    await doAll(commands);
    const next = await pass(target, await nextAgent(folder, left));
    expect([next.drift, next.failure]).toEqual([drift, undefined]);
    expect((await pass(target, next.state)).drift).toEqual([]);
  });

  it("gone with the rules that named it", async () => {
    const left = await bring(wanted);
    await doAll(destroyed);
    const { drift, failure } = await pass(wanted, await nextAgent(folder, left));
    expect(failure).toBeUndefined();
    expect(drift).toContain("chain SEAWALL is not as it was written");
    expect(drift).toContain(`${ofFirst} is missing`);
  });
});
