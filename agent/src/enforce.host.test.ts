import { type LabNode } from "@seawall/lab";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { countedChains, countsOf, emptyTally } from "./core/counters.ts";
import { type Difference, describe as inWords } from "./core/diff.ts";
import { differencesOf, planChange } from "./core/plan.ts";
import { render } from "./core/render.ts";
import { resolvedStates, type StateName, stateNames } from "./core/testing/resolved-states.ts";
import type { Variant } from "./core/variant.ts";
import { createLastGood } from "./edge/last-good.ts";
import { type EnforceState, enforce } from "./enforce.ts";
import { firewallContract } from "./testing/firewall-contract.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import {
  type CountedFirewall,
  firewallOf,
  inIptables,
  savedText,
  setDockerTables,
} from "./testing/node-firewall.ts";

const kernels = useKernels(["nft", "legacy"]);
let node: LabNode;
let inUse: Variant;
let firewall: CountedFirewall;
let folder: string;

beforeAll(() => {
  use("nft");
});

function use(variant: Variant): void {
  inUse = variant;
  node = kernels.node(variant);
  firewall = firewallOf(node);
}

beforeEach(async () => {
  folder = kernels.folder();
  await setDockerTables(node, inUse);
});

function rulesetOf(name: StateName) {
  const rendered = render(resolvedStates[name], { ipset: "available" });
  if (rendered.kind === "refused") throw new Error(rendered.problems.join("; "));
  return rendered.ruleset;
}

const newAgent: EnforceState = { footprint: {}, tally: emptyTally, fresh: true };

/** One agent's life: the names of the states it is brought to, one after the other. */
async function bring(names: readonly StateName[], from: EnforceState = newAgent) {
  let state = from;
  const drift: Difference[] = [];
  for (const name of names) {
    const observed = await firewall.observe(inIptables);
    if (observed.kind === "failed") throw new Error(observed.failure.message);
    const lastGood = createLastGood(folder);
    const result = await enforce(
      rulesetOf(name),
      state,
      observed,
      { firewall, lastGood, look: inIptables },
      (found) => {
        drift.push(...found);
      },
    );
    if (result.failure !== undefined) throw new Error(result.failure.message);
    state = result.state;
  }
  return { state, drift };
}

async function differences(name: StateName): Promise<readonly Difference[]> {
  const observed = await firewall.observe(inIptables);
  if (observed.kind === "failed") throw new Error(observed.failure.message);
  return differencesOf(planChange(rulesetOf(name), observed, {}).target, observed);
}

describe.each<Variant>(["nft", "legacy"])("every state in iptables-%s", (variant) => {
  beforeAll(() => {
    use(variant);
  });

  afterAll(() => {
    use("nft");
  });

  test.each(stateNames)(
    "%s is in the kernel as written, and is not written twice",
    async (name) => {
      const { state } = await bring([name]);
      // The text is the same in both variants: once is enough to compare it with a plan that knows of nothing.
      if (variant === "nft") expect(await differences(name)).toEqual([]);
      const before = firewall.commits();
      const { drift } = await bring([name], state);
      expect(firewall.commits() - before).toBe(0);
      expect(drift).toEqual([]);
    },
  );

  test("nothing selected leaves both tables as they were found", async () => {
    const found = await savedText(node, variant);
    await bring(["two-policies-two-bridges", "nothing-selected"]);
    expect(await savedText(node, variant)).toBe(found);
  });

  test.each<readonly StateName[]>([
    ["open-for-one-cidr", "closed-from-outside", "two-policies-two-bridges"],
    ["nothing-selected", "reject-on-the-way-out", "only-for-IPv4", "two-policies-two-bridges"],
    ["two-policies-two-bridges", "nothing-selected", "two-policies-two-bridges"],
  ])("by way of %s, %s, … it is the same text", async (...walk) => {
    await bring(["two-policies-two-bridges"]);
    const direct = await savedText(node, variant);
    await setDockerTables(node, variant);
    await bring(walk);
    expect(sorted(await savedText(node, variant))).toEqual(sorted(direct));
  });
});

// The order of chains in the table is the order in which they were made; it decides nothing.
function sorted(text: string): readonly string[] {
  const lines = text.split("\n");
  return [...lines.filter((line) => line.startsWith(":")).sort(), ...chainsInOrder(lines)];
}

function chainsInOrder(lines: readonly string[]): readonly string[] {
  const rules = lines.filter((line) => line.startsWith("-A"));
  const chainOf = (line: string) => line.split(" ")[1] ?? "";
  return rules.toSorted((a, b) => chainOf(a).localeCompare(chainOf(b)));
}

function isLedToUs(line: string): boolean {
  return line.includes("SEAWALL") || line === "-A FORWARD -j DOCKER-USER";
}

describe("what somebody else does to our rules is seen and repaired", () => {
  const name = "two-policies-two-bridges";
  const jump = "the jump from DOCKER-USER to SEAWALL";
  const egress = "SEAWALL-E-0a1b2c3d4e5f";
  const first = ["DOCKER-USER", "1"];

  test.each<[string, readonly (readonly string[])[], readonly string[]]>([
    ["flush DOCKER-USER", [["-F", "DOCKER-USER"]], [`${jump} is missing`]],
    [
      "insert ahead",
      [["-I", "DOCKER-USER", "-s", "192.0.2.1", "-j", "ACCEPT"]],
      [`${jump} is not the first rule`],
    ],
    [
      "a second jump",
      [["-A", "DOCKER-USER", "-j", "SEAWALL"]],
      ["DOCKER-USER jumps to SEAWALL more than once"],
    ],
    [
      "a narrower jump",
      [["-R", ...first, "-s", "192.0.2.1", "-j", "SEAWALL"]],
      [`${jump} is not as it was written`],
    ],
    ["a goto instead", [["-R", ...first, "-g", "SEAWALL"]], [`${jump} is not as it was written`]],
    [
      "delete Docker's jump",
      [["-D", "FORWARD", "-j", "DOCKER-USER"]],
      ["the jump from FORWARD to DOCKER-USER is missing"],
    ],
    [
      "insert ahead of it",
      [["-I", "FORWARD", "-j", "ACCEPT"]],
      ["the jump from FORWARD to DOCKER-USER is not the first rule"],
    ],
    [
      "a second one of Docker's",
      [["-A", "FORWARD", "-j", "DOCKER-USER"]],
      ["FORWARD jumps to DOCKER-USER more than once"],
    ],
    [
      "a second one of Docker's, and both behind another rule",
      [
        ["-A", "FORWARD", "-j", "DOCKER-USER"],
        ["-I", "FORWARD", "-j", "ACCEPT"],
      ],
      ["the jump from FORWARD to DOCKER-USER is not the first rule"],
    ],
    ["flush one chain", [["-F", egress]], [`chain ${egress} is not as it was written`]],
    [
      "an accept in it",
      [["-I", egress, "-j", "ACCEPT"]],
      [`chain ${egress} is not as it was written`],
    ],
    ["a rule behind", [["-A", egress, "-j", "LOG"]], [`chain ${egress} is not as it was written`]],
    ["a chain too many", [["-N", "SEAWALL-X"]], ["chain SEAWALL-X should not be there"]],
    [
      "flush everything and delete every chain",
      [["-F"], ["-X"]],
      [
        "chain DOCKER-USER is missing",
        "the jump from FORWARD to DOCKER-USER is missing",
        `${jump} is missing`,
        "chain SEAWALL is missing",
        "chain SEAWALL-OUT is missing",
        "chain SEAWALL-IN is missing",
        `chain ${egress} is missing`,
        "chain SEAWALL-I-0a1b2c3d4e5f is missing",
        "chain SEAWALL-I-ffeeddccbbaa is missing",
      ],
    ],
    [
      "flush the guard",
      [["-t", "security", "-F", "FORWARD"]],
      ["the jump from FORWARD of table security to SEAWALL is missing"],
    ],
    [
      "insert ahead of the guard",
      [["-t", "security", "-I", "FORWARD", "-j", "ACCEPT"]],
      ["the jump from FORWARD of table security to SEAWALL is not the first rule"],
    ],
    [
      "flush a chain of the guard",
      [["-t", "security", "-F", egress]],
      [`chain ${egress} of table security is not as it was written`],
    ],
  ])("%s", async (_, commands, expected) => {
    const { state } = await bring([name]);
    const good = chainsInOrder((await savedText(node)).split("\n")).filter(isLedToUs);
    for (const command of commands) await node.run(["iptables-nft", ...command]);
    const { drift } = await bring([name], state);
    expect(drift.map(inWords)).toEqual(expected);
    expect(drift.every(({ family }) => family === "IPv4")).toBe(true);
    expect(await differences(name)).toEqual([]);
    const repaired = chainsInOrder((await savedText(node)).split("\n"));
    expect(repaired.filter(isLedToUs)).toEqual(good);
  });

  test.each<[string, readonly (readonly string[])[], string]>([
    ["flush INPUT", [["-F", "INPUT"]], "the jump from INPUT to SEAWALL-INPUT is missing"],
    [
      "insert ahead in INPUT",
      [["-I", "INPUT", "-s", "192.0.2.1", "-j", "ACCEPT"]],
      "the jump from INPUT to SEAWALL-INPUT is not the first rule",
    ],
    [
      "a second jump from INPUT",
      [["-A", "INPUT", "-j", "SEAWALL-INPUT"]],
      "INPUT jumps to SEAWALL-INPUT more than once",
    ],
    [
      "a narrower jump from INPUT",
      [["-R", "INPUT", "1", "-i", "lo", "-j", "SEAWALL-INPUT"]],
      "the jump from INPUT to SEAWALL-INPUT is not as it was written",
    ],
  ])("%s", async (_, commands, expected) => {
    const { state } = await bring(["to-the-host-itself"]);
    for (const command of commands) await node.run(["iptables-nft", ...command]);
    const { drift } = await bring(["to-the-host-itself"], state);
    expect(drift.map(inWords)).toEqual([expected]);
    expect(await differences("to-the-host-itself")).toEqual([]);
  });

  it("takes its jump out of INPUT when nothing is said of it, and leaves the rules of others", async () => {
    const { state } = await bring(["to-the-host-itself"]);
    await node.run(["iptables-nft", "-A", "INPUT", "-s", "192.0.2.1", "-j", "ACCEPT"]);
    await bring(["closed-from-outside"], state);
    expect(await node.run(["iptables-nft", "-S", "INPUT"])).toBe(
      "-P INPUT ACCEPT\n-A INPUT -s 192.0.2.1/32 -j ACCEPT\n",
    );
  });

  it("sees a rule that was changed under its own comment", async () => {
    const { state } = await bring([name]);
    const rules = (await node.run(["iptables-nft", "-S", egress])).split("\n");
    const comment = /--comment "([^"]*)"/.exec(rules.join("\n"))?.[1] ?? "";
    const match = [
      "-p",
      "tcp",
      "-m",
      "tcp",
      "--dport",
      "26",
      "-m",
      "comment",
      "--comment",
      comment,
    ];
    await node.run(["iptables-nft", "-R", egress, "1", ...match, "-j", "DROP"]);
    expect(await differences(name)).toEqual([]);
    const { drift } = await bring([name], state);
    expect(drift.map(inWords)).toEqual([`chain ${egress} is not as it was written`]);
    expect(await node.run(["iptables-nft", "-S", egress])).toContain("--dport 25");
  });

  it("trusts nothing that an agent before it has left", async () => {
    await bring([name]);
    const before = firewall.commits();
    const { drift } = await bring([name]);
    expect(firewall.commits() - before).toBe(2);
    expect(drift).toEqual([]);
  });

  it("empties a chain that it cannot delete because somebody leads to it", async () => {
    const { state } = await bring([name]);
    await node.run(["iptables-nft", "-A", "FORWARD", "-j", egress]);
    await bring(["closed-from-outside"], state);
    expect(await node.run(["iptables-nft", "-S", egress])).toBe(`-N ${egress}\n`);
    expect(await differences("closed-from-outside")).toEqual([]);
  });
});

/** Those that filter has decided. */
function packetsOf(counts: ReturnType<typeof countsOf>): readonly number[] {
  return counts.flatMap(({ guard, packets }) => (guard === undefined ? [packets] : []));
}

describe("good neighbour", () => {
  it("leaves the rules of others where they are, ours ahead of them", async () => {
    await node.run(["iptables-nft", "-I", "DOCKER-USER", "-s", "192.0.2.1", "-j", "ACCEPT"]);
    await node.run([
      "iptables-nft",
      "-A",
      "DOCKER-USER",
      "-m",
      "comment",
      "--comment",
      "not -j SEAWALL",
      "-j",
      "LOG",
    ]);
    await bring(["open-for-one-cidr", "closed-from-outside"]);
    const rules = (await node.run(["iptables-nft", "-S", "DOCKER-USER"])).trimEnd().split("\n");
    expect(rules.slice(2)).toEqual([
      "-A DOCKER-USER -s 192.0.2.1/32 -j ACCEPT",
      "-A DOCKER-USER -j RETURN",
      '-A DOCKER-USER -m comment --comment "not -j SEAWALL" -j LOG',
    ]);
    expect(rules[1]).toContain("-j SEAWALL");
  });

  it("would rather fail than empty a DOCKER-USER that came up in the meantime", async () => {
    await node.run(["iptables-nft", "-D", "FORWARD", "-j", "DOCKER-USER"]);
    await node.run(["iptables-nft", "-F", "DOCKER-USER"]);
    await node.run(["iptables-nft", "-X", "DOCKER-USER"]);
    const stale = await firewall.observe(inIptables);
    if (stale.kind === "failed") throw new Error(stale.failure.message);
    await node.run(["iptables-nft", "-N", "DOCKER-USER"]);
    await node.run(["iptables-nft", "-A", "DOCKER-USER", "-s", "192.0.2.1", "-j", "DROP"]);
    const lastGood = createLastGood(folder);
    const target = rulesetOf("closed-from-outside");
    const edges = { firewall, lastGood, look: inIptables };
    const result = await enforce(target, newAgent, stale, edges, () => undefined);
    expect(result.failure).toMatchObject({ class: "retry" });
    await bring(["closed-from-outside"], result.state);
    const rules = await node.run(["iptables-nft", "-S", "DOCKER-USER"]);
    expect(rules).toContain("-A DOCKER-USER -s 192.0.2.1/32 -j DROP");
    expect(await differences("closed-from-outside")).toEqual([]);
  });

  it("keeps the counters of chains that do not change, and the sums of those that do", async () => {
    const { state } = await bring(["open-for-one-cidr"]);
    const counted = (await node.run(["iptables-nft-save", "-c", "-t", "filter"])).replaceAll(
      /^\[0:0\](?= -A SEAWALL-I)/gm,
      "[7:700]",
    );
    await node.run(["iptables-nft-restore", "-c"], { input: counted });
    const after = await bring(["two-policies-two-bridges", "open-for-one-cidr"], state);
    const IPv4 = countedChains(rulesetOf("open-for-one-cidr"), "IPv4");
    // The default of policy p is gone in between, and with it what it had counted.
    expect(packetsOf(countsOf(after.state.tally, "IPv4", IPv4))).toEqual([0, 0]);

    await node.run(["iptables-nft-restore", "-c"], { input: counted });
    const again = await bring(["open-for-one-cidr", "closed-from-outside"], after.state);
    const closed = countedChains(rulesetOf("closed-from-outside"), "IPv4");
    expect(packetsOf(countsOf(again.state.tally, "IPv4", closed))).toEqual([7]);
  });

  it("rewrites only the chain that changed", async () => {
    const { state } = await bring(["two-policies-two-bridges"]);
    const counted = (await node.run(["iptables-nft-save", "-c", "-t", "filter"])).replaceAll(
      /^\[0:0\](?= -A SEAWALL)/gm,
      "[7:700]",
    );
    await node.run(["iptables-nft-restore", "-c"], { input: counted });
    await node.run(["iptables-nft", "-F", "SEAWALL-I-ffeeddccbbaa"]);
    await bring(["two-policies-two-bridges"], state);
    const save = await node.run(["iptables-nft-save", "-c", "-t", "filter"]);
    const chains = save
      .split("\n")
      .flatMap((line) => /^\[0:0\] -A (SEAWALL\S*)/.exec(line)?.[1] ?? []);
    expect(new Set(chains)).toEqual(new Set(["SEAWALL-I-ffeeddccbbaa"]));
  });
});

describe("as every firewall", () => {
  beforeAll(() => {
    use("nft");
  });

  firewallContract(async () => {
    await setDockerTables(node);
    return { firewall, folder };
  });
});
