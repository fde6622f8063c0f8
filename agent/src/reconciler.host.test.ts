import { cp, mkdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LabNode } from "@seawall/lab";
import type { DockerNetwork } from "@seawall/policy";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Status } from "./core/status.ts";
import { createLastGood } from "./edge/last-good.ts";
import type { Clock, Firewall } from "./ports.ts";
import { bundle, network, testClock } from "./testing/fakes.ts";
import { shop, startKernelAgent, withAgent } from "./testing/kernel-agent.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, nftText, savedText, setDockerTables } from "./testing/node-firewall.ts";

const kernels = useKernels(["kernel"]);
let node: LabNode;
let folder: string;

beforeAll(() => {
  node = kernels.node("kernel");
});

beforeEach(async () => {
  folder = kernels.folder();
  await node.run(["nft", "-f", "-"], { input: noTables });
  await setDockerTables(node);
});

const noTables = ["inet seawall", "ip docker-bridges", "ip6 docker-bridges"]
  .flatMap((table) => [`add table ${table}`, `delete table ${table}`])
  .join("\n");

/** What Docker 29 keeps in nftables, as far as it is looked for. */
const dockerBridges = ["ip", "ip6"]
  .flatMap((family) => [
    `add table ${family} docker-bridges`,
    `add chain ${family} docker-bridges filter-FORWARD { type filter hook forward priority 0; policy accept; }`,
  ])
  .join("\n");

function startAgent(
  networks: readonly DockerNetwork[] = [shop],
  firewall: Firewall = firewallOf(node),
  clock: Clock = testClock,
) {
  return startKernelAgent({ networks, firewall, connections: connectionsOf(node), folder, clock });
}

describe("the bundle", () => {
  it("none yet: Pending, and no rule is touched", async () => {
    const found = await savedText(node);
    await withAgent(startAgent(), async ({ look }) => {
      expect(await look()).toMatchObject({ state: "Pending", conditions: [{ type: "NoBundle" }] });
    });
    expect(await savedText(node)).toBe(found);
  });

  it("is Applying, then InSync once it was read back, and reported with what it found", async () => {
    await withAgent(startAgent(), async ({ look, source, reports }) => {
      source.give(bundle(1));
      const status = await look();
      expect(status).toMatchObject({
        state: "InSync",
        conditions: [],
        observed: { epoch: 1, generation: 1, revision: 11 },
        view: { networks: [shop] },
        policies: [{ policy: "p", networks: ["shop"], reason: "Enforced" }],
        versions: { docker: "28.5.2", backend: "iptables-nft" },
      });
      expect(status.rulesetDigest).toMatch(/^[0-9a-f]{64}$/);
      expect(status.counters.map(({ rule, family, guard }) => [rule, family, guard])).toEqual([
        ["default", "IPv4", undefined],
        ["default", "IPv4", true],
        ["default", "IPv6", undefined],
        ["default", "IPv6", true],
      ]);
      expect(reports.states()).toContain("Applying");
      expect(await savedText(node)).toContain("SEAWALL-I-0a1b2c3d4e5f");
    });
  });

  it("is in force again after a restart, before the controller is reached", async () => {
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(3));
      await look();
    });
    await setDockerTables(node);
    await withAgent(startAgent(), async ({ look }) => {
      expect(await look()).toMatchObject({ state: "InSync", observed: { generation: 3 } });
    });
  });

  it.each([
    ["a broken signature", false, "Failed"],
    ["an unknown feature", true, "Unsupported"],
  ] as const)(
    "with %s is not applied; the last good one stays",
    async (reason, unsupported, state) => {
      await withAgent(startAgent(), async ({ look, source }) => {
        source.give(bundle(1));
        await look();
        const before = await savedText(node);
        source.refuse({ reason: "Because", message: reason, unsupported });
        expect(await look()).toMatchObject({
          state,
          conditions: [{ type: "BundleRefused", reason: "Because", message: reason }],
          observed: { generation: 1 },
        });
        expect(await savedText(node)).toBe(before);
        source.give(bundle(2));
        expect(await look()).toMatchObject({ state: "InSync", observed: { generation: 2 } });
      });
    },
  );

  it("is enforced although the disk takes no record of how the host was found, and that is said", async () => {
    const inTheWay = join(folder, "footprint.json.new");
    await mkdir(inTheWay);
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(1));
      expect(await look()).toMatchObject({
        state: "Failed",
        conditions: [{ type: "EnforcementFailed", reason: "StateNotWritable" }],
        observed: { generation: 1 },
      });
      expect(await savedText(node)).toContain("SEAWALL-I-0a1b2c3d4e5f");
      await rmdir(inTheWay);
      expect(await look()).toMatchObject({ state: "InSync", conditions: [] });
    });
    expect(await createLastGood(folder).readFootprint()).toMatchObject({
      nft: { IPv4: { dockerUser: "found" }, IPv6: { dockerUser: "created" } },
    });
  });

  it("of an older generation is refused, also after a restart", async () => {
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(5));
      await look();
    });
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(4));
      expect(await look()).toMatchObject({
        state: "Failed",
        conditions: [{ type: "BundleRefused", reason: "OlderGeneration" }],
        observed: { generation: 5 },
      });
    });
  });
});

describe("an agent after another", () => {
  const ingress = "SEAWALL-I-0a1b2c3d4e5f";
  const first = async () => {
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(1));
      await look();
    });
  };
  const denied = ({ counters }: Status) =>
    counters.flatMap(({ family, guard, packets }) =>
      family === "IPv4" && guard === undefined ? [packets] : [],
    );
  /** As if so many packets had come to the rules of filter since they were written. */
  const count = async (packets: number) => {
    const input = (await node.run(["iptables-nft-save", "-c", "-t", "filter"])).replaceAll(
      new RegExp(`^\\[\\d+:\\d+\\](?= -A ${ingress} )`, "gm"),
      `[${String(packets)}:${String(packets * 100)}]`,
    );
    await node.run(["iptables-nft-restore", "-c"], { input });
  };

  it("goes on with what was counted, and writes nothing that is there", async () => {
    await first();
    await count(7);
    const firewall = firewallOf(node);
    for (const packets of [7, 10, 10]) {
      await withAgent(startAgent([shop], firewall), async ({ look }) => {
        await count(packets);
        expect(denied(await look())).toEqual([packets]);
      });
    }
    expect(firewall.commits()).toBe(0);
  });

  it("counts nothing twice where the one before was killed", async () => {
    await first();
    const killed = `${folder}-killed`;
    onTestFinished(() => rm(killed, { recursive: true }));
    await withAgent(startAgent(), async ({ look }) => {
      await count(7);
      await look();
      await cp(folder, killed, { recursive: true });
    });
    await count(9);
    folder = killed;
    await withAgent(startAgent(), async ({ look }) => {
      expect(denied(await look())).toEqual([9]);
    });
  });

  it("keeps what was counted where the host was started anew", async () => {
    await first();
    await count(7);
    await first();
    await setDockerTables(node);
    const rebooted = { ...testClock, moment: () => ({ boot: "another", ms: 0 }) };
    await withAgent(startAgent([shop], firewallOf(node), rebooted), async ({ look }) => {
      expect((await look()).drifts).toEqual([]);
      await count(2);
      expect(denied(await look())).toEqual([9]);
    });
  });

  it("finds what somebody has changed meanwhile, says so and repairs it", async () => {
    await first();
    await node.run(["iptables-nft", "-F", "DOCKER-USER"]);
    await withAgent(startAgent(), async ({ look }) => {
      expect(await look()).toMatchObject({
        state: "InSync",
        drifts: [{ family: "IPv4", what: "the jump from DOCKER-USER to SEAWALL is missing" }],
      });
    });
  });

  it("finds a rule that was changed under its own comment", async () => {
    await first();
    const [, rule = ""] =
      /^-A (\S+ .*-j DROP)$/m.exec(await node.run(["iptables-nft", "-S", ingress])) ?? [];
    const input = `*filter\n-R ${rule.replace(" ", " 1 ").replace("-j DROP", "-j ACCEPT")}\nCOMMIT\n`;
    await node.run(["iptables-nft-restore", "--noflush"], { input });
    await withAgent(startAgent(), async ({ look }) => {
      expect((await look()).drifts).toMatchObject([
        { what: `chain ${ingress} is not as it was written` },
      ]);
    });
    expect(await node.run(["iptables-nft", "-S", ingress])).not.toContain("ACCEPT");
  });

  it("accuses nobody where the rules are to be others than then", async () => {
    await first();
    const other = network("shop", "ffeeddccbbaa");
    await withAgent(startAgent([other]), async ({ look }) => {
      expect(await look()).toMatchObject({ state: "InSync", drifts: [] });
    });
  });

  it("writes all anew where it cannot read what the one before knew", async () => {
    await first();
    await writeFile(join(folder, "rules-record.json"), "{");
    const firewall = firewallOf(node);
    await withAgent(startAgent([shop], firewall), async ({ look }) => {
      expect(await look()).toMatchObject({ state: "InSync", drifts: [] });
    });
    expect(firewall.commits()).toBe(2);
  });
});

describe("drift", () => {
  it("is reported before it is repaired, and remembered", async () => {
    await withAgent(startAgent(), async ({ look, source, reports }) => {
      source.give(bundle(1));
      await look();
      await node.run(["iptables-nft", "-F", "DOCKER-USER"]);
      const status = await look();
      expect(status).toMatchObject({
        state: "InSync",
        drifts: [{ family: "IPv4", what: "the jump from DOCKER-USER to SEAWALL is missing" }],
      });
      expect(status.drifts[0]?.repairedMs).toBeDefined();
      const drifted = reports.all().find(({ state }) => state === "Drifted");
      expect(drifted?.drifts[0]?.repairedMs).toBeUndefined();
      expect(reports.states().slice(-2)).toEqual(["Drifted", "InSync"]);
      expect(await savedText(node)).toContain("-j SEAWALL\n");
    });
  });

  it("is recorded once, however often the repair fails, and the host is Failed until it works", async () => {
    let broken = false;
    const real = firewallOf(node);
    const firewall: Firewall = {
      ...real,
      apply: (commit) =>
        real.apply(broken ? { ...commit, text: "*filter\n-A NOWHERE -j DROP\nCOMMIT\n" } : commit),
    };
    await withAgent(startAgent([shop], firewall), async ({ look, source }) => {
      source.give(bundle(1));
      await look();
      await node.run(["iptables-nft", "-F", "DOCKER-USER"]);
      broken = true;
      await look();
      const status = await look();
      expect(status).toMatchObject({
        state: "Failed",
        conditions: [{ type: "EnforcementFailed", reason: "IptablesFailed" }, { type: "Drifted" }],
      });
      expect(status.drifts).toHaveLength(1);
      broken = false;
      expect(await look()).toMatchObject({ state: "InSync", conditions: [] });
    });
  });
});

describe("Docker", () => {
  it("gone: the rules stay and are repaired, and the host is not InSync", async () => {
    await withAgent(startAgent(), async ({ look, source, docker }) => {
      source.give(bundle(1));
      await look();
      docker.fail();
      await node.run(["iptables-nft", "-F", "DOCKER-USER"]);
      expect(await look()).toMatchObject({
        state: "Failed",
        conditions: [{ type: "DockerFailed", reason: "DockerUnavailable" }],
        view: { networks: [shop] },
      });
      expect(await savedText(node)).toContain("-A SEAWALL ");
      docker.set([shop]);
      expect(await look()).toMatchObject({ state: "InSync" });
    });
  });

  it("gone for long: what is in force is looked after as often as ever", async () => {
    const waits: number[] = [];
    const clock: Clock = {
      ...testClock,
      random: () => 0.99,
      sleep: (ms, signal) => {
        waits.push(ms);
        return testClock.sleep(ms, signal);
      },
    };
    await withAgent(
      startAgent([shop], firewallOf(node), clock),
      async ({ look, source, docker }) => {
        source.give(bundle(1));
        await look();
        waits.length = 0;
        docker.fail();
        for (let attempt = 1; attempt <= 8; attempt++) await look();
      },
    );
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
  });

  it("gone from the start: nothing is touched, because nobody knows the bridges", async () => {
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(1));
      await look();
    });
    const before = await savedText(node);
    const agent = startAgent();
    agent.docker.fail();
    await withAgent(agent, async ({ look }) => {
      expect(await look()).toMatchObject({ state: "Failed" });
    });
    expect(await savedText(node)).toBe(before);
  });

  it("makes a network anew: the policy follows it to the new bridge", async () => {
    await withAgent(startAgent(), async ({ look, source, docker }) => {
      source.give(bundle(1));
      await look();
      docker.set([network("shop", "999999999999")]);
      expect(await look()).toMatchObject({ state: "InSync", drifts: [] });
      const save = await savedText(node);
      expect(save).toContain("-o br-999999999999");
      expect(save).not.toContain("0a1b2c3d4e5f");
    });
  });

  it("goes over to nftables and back: the rules follow, and what it leaves is said", async () => {
    await withAgent(startAgent(), async ({ look, source, docker }) => {
      source.give(bundle(1));
      await look();
      docker.backend("nftables");
      docker.set([shop]);
      expect(await look()).toMatchObject({
        state: "Failed",
        drifts: [],
        conditions: [{ reason: "DockerChainsMissing" }, { reason: "ForwardPolicyDrop" }],
        versions: { backend: "nftables", iptables: "" },
      });
      expect(await nftText(node)).toContain('"br-0a1b2c3d4e5f" : goto ipv4-IN.br-0a1b2c3d4e5f');
      expect(await savedText(node)).not.toContain("SEAWALL");

      await node.run(["nft", "-f", "-"], { input: dockerBridges });
      await node.run(["iptables-nft", "-P", "FORWARD", "ACCEPT"]);
      expect(await look()).toMatchObject({ state: "InSync", conditions: [] });

      docker.backend("iptables");
      docker.set([shop]);
      expect(await look()).toMatchObject({
        state: "InSync",
        drifts: [],
        versions: { backend: "iptables-nft", nft: "" },
      });
      expect(await savedText(node)).toContain("SEAWALL");
      expect(await nftText(node)).not.toContain("seawall");
    });
  });

  it.each([
    ["not installed", { kind: "notStarted", code: "ENOENT" }, "NftMissing"],
    ["ended by a signal", { kind: "killed", signal: "SIGSEGV" }, "NftUnusable"],
  ] as const)(
    "goes over to nftables, and nft is %s: the rules stay where they are",
    async (_, result, reason) => {
      await withAgent(startAgent(), async ({ look, source }) => {
        source.give(bundle(1));
        await look();
      });
      const before = await savedText(node);
      const without = firewallOf(
        node,
        (exec) => async (argv, options) => (argv[0] === "nft" ? result : exec(argv, options)),
      );
      const agent = startAgent([shop], without);
      agent.docker.backend("nftables");
      await withAgent(agent, async ({ look, source }) => {
        source.give(bundle(1));
        expect(await look()).toMatchObject({ state: "Failed", conditions: [{ reason }] });
      });
      expect(await savedText(node)).toBe(before);
    },
  );

  it("keeps rules in iptables, and ours are kept in nftables by choice", async () => {
    const found = await savedText(node);
    const { desired, ...rest } = bundle(1);
    const chosen = { ...desired, options: { enforcement: "nftables" as const } };
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give({ ...rest, desired: chosen });
      expect(await look()).toMatchObject({
        state: "InSync",
        conditions: [],
        versions: { backend: "nftables" },
      });
      expect(await savedText(node)).toBe(found);
      await node.run(["nft", "delete", "table", "inet", "seawall"]);
      const { state, drifts } = await look();
      expect([state, drifts.map(({ family, what }) => `${family}: ${what}`)]).toEqual([
        "InSync",
        ["inet: table inet seawall is missing"],
      ]);
      expect(await nftText(node)).toContain("table inet seawall");
    });
  });

  it("makes no rules of its own: enforced, and it says so", async () => {
    await node.run(["iptables-nft", "-F"]);
    await node.run(["iptables-nft", "-X"]);
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(1));
      expect(await look()).toMatchObject({
        state: "InSync",
        conditions: [{ type: "DockerRulesMissing", reason: "DockerMakesNoRules" }],
      });
      expect(await savedText(node)).toContain("-A FORWARD -j DOCKER-USER\n");
    });
  });

  it("loses its rules: enforced all the same, and not InSync before it has them again", async () => {
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(1));
      expect(await look()).toMatchObject({ state: "InSync", conditions: [] });
      await node.run(["iptables-nft", "-F"]);
      await node.run(["iptables-nft", "-X"]);
      expect(await look()).toMatchObject({
        state: "Failed",
        conditions: [{ type: "DockerRulesMissing", reason: "DockerRulesLost" }],
      });
      expect(await savedText(node)).toContain("-A FORWARD -j DOCKER-USER\n");
      await node.run(["iptables-nft", "-N", "DOCKER"]);
      await node.run(["iptables-nft", "-A", "FORWARD", "-o", "docker0", "-j", "DOCKER"]);
      expect(await look()).toMatchObject({ state: "InSync", conditions: [] });
    });
  });

  it("flushed from FORWARD: said until Docker was restarted, and not put back by us", async () => {
    await withAgent(startAgent(), async ({ look, source }) => {
      source.give(bundle(1));
      await look();
      await node.run(["iptables-nft", "-F", "FORWARD"]);
      expect(await look()).toMatchObject({
        state: "Failed",
        conditions: [{ type: "DockerRulesMissing", reason: "DockerChainsLeftOut" }],
      });
      expect(await savedText(node)).not.toContain("-j DOCKER\n");
      await node.run(["iptables-nft", "-A", "FORWARD", "-o", "docker0", "-j", "DOCKER"]);
      expect(await look()).toMatchObject({ state: "InSync", conditions: [] });
    });
  });

  it.each([
    ["no bridge driver", { driver: "macvlan" }, "PartiallyEnforced", []],
    ["no bridge yet", { driver: "bridge" }, "Enforced", [{ reason: "NoBridge" }]],
  ] as const)("has a selected network with %s", async (_, { driver }, reason, conditions) => {
    const bare = { id: shop.id, name: "shop", driver, subnets: [], labels: {}, internal: false };
    await withAgent(startAgent([bare]), async ({ look, source }) => {
      source.give(bundle(1));
      expect(await look()).toMatchObject({ state: "InSync", conditions, policies: [{ reason }] });
    });
  });
});
