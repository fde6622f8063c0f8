import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { otherVariant, type Variant } from "./core/variant.ts";
import { createLastGood } from "./edge/last-good.ts";
import type { Firewall } from "./ports.ts";
import { bundle } from "./testing/fakes.ts";
import { startFlood } from "./testing/flood.ts";
import { startKernelAgent, withAgent } from "./testing/kernel-agent.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import {
  firewallOf,
  savedText,
  setFilter,
  useAlternative,
  withoutSecurity,
} from "./testing/node-firewall.ts";
import { uninstall } from "./uninstall.ts";

let lab: Lab;
let node: LabNode;
let folder: string;

const bridge = "br-0a1b2c3d4e5f";
const target = "203.0.113.9";

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({
    hosts: [],
    nodes: [{ name: "kernel" }, { name: "client" }, { name: "bare" }],
  });
  node = lab.node("kernel");
  // Nobody is there, but whatever is routed to it is sent, and counted.
  const ip = (...argv: readonly string[]) => node.run(["ip", ...argv]);
  await ip("link", "add", bridge, "type", "veth", "peer", "name", "nobody");
  for (const link of [bridge, "nobody"]) {
    // Without an address of its own it sends nothing by itself, which would be counted too.
    await ip("link", "set", link, "addrgenmode", "none");
    await ip("link", "set", link, "up");
  }
  await ip("route", "add", `${target}/32`, "dev", bridge);
  await ip("neighbour", "add", target, "lladdr", "02:00:00:00:00:01", "dev", bridge);
  await node.run(["sysctl", "-q", "-w", "net.ipv4.ip_forward=1"]);
  await lab.node("client").run(["ip", "route", "add", `${target}/32`, "via", node.ipv4]);
});

afterAll(async () => {
  await lab.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-switch-"));
  for (const variant of ["legacy", "nft"] as const) await clear(variant);
  await switchTo("nft");
  return () => rm(folder, { recursive: true });
});

const openTable = [":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"];
const docker = [
  ...[":DOCKER - [0:0]", ":DOCKER-USER - [0:0]"],
  ...["-A FORWARD -j DOCKER-USER", "-A FORWARD -o docker0 -j DOCKER"],
];
const families = ["IPv4", "IPv6"] as const;

async function clear(variant: Variant): Promise<void> {
  for (const family of families) await setFilter(node, family, openTable, variant);
}

/** As an administrator does it: the alternatives first, then Docker. What Docker had before stays behind. */
async function switchTo(variant: Variant): Promise<void> {
  for (const tool of ["iptables", "ip6tables"] as const) await useAlternative(node, tool, variant);
  if ((await savedText(node, variant)).includes(":DOCKER ")) return;
  for (const family of families) {
    await setFilter(node, family, [...openTable, ...docker], variant);
  }
}

async function startAgent(firewall: Firewall = firewallOf(node)) {
  const agent = startKernelAgent({ firewall, folder, connections: connectionsOf(node) });
  agent.source.give(bundle(1));
  await agent.look();
  return agent;
}

const ours = async (variant: Variant) => (await savedText(node, variant)).includes("SEAWALL");
const left = { reason: "DockerRulesInBothVariants" };

describe.each<Variant>(["legacy", "nft"])("Docker goes over to iptables-%s", (next) => {
  const last = otherVariant(next);

  beforeEach(async () => {
    await clear("nft");
    await switchTo(last);
  });

  it("while the agent runs: the rules move, and what they leave is as it was found", async () => {
    const found = await savedText(node, last);
    await withAgent(await startAgent(), async ({ look, reports }) => {
      expect(await look()).toMatchObject({
        state: "InSync",
        versions: { backend: `iptables-${last}` },
      });
      await switchTo(next);
      expect(await look()).toMatchObject({
        state: "InSync",
        conditions: [left],
        versions: { backend: `iptables-${next}` },
        drifts: [],
      });
      expect(reports.states()).not.toContain("Drifted");
    });
    expect(await ours(next)).toBe(true);
    expect(await savedText(node, last)).toBe(found);
  });

  it("while the agent is away: the next one finds its rules on both sides", async () => {
    const found = await savedText(node, last);
    await (await startAgent()).stop();
    await switchTo(next);
    await (await startAgent()).stop();
    expect([await ours(next), await savedText(node, last)]).toEqual([true, found]);
  });

  it("and its rules cannot follow: the old ones stand until they can", async () => {
    let broken = false;
    const real = firewallOf(node);
    const refusing: Firewall = {
      ...real,
      apply: (commit) =>
        real.apply(broken ? { ...commit, text: "*filter\n-A NOWHERE -j DROP\nCOMMIT\n" } : commit),
    };
    await withAgent(await startAgent(refusing), async ({ look }) => {
      await switchTo(next);
      broken = true;
      expect(await look()).toMatchObject({ state: "Failed" });
      expect([await ours(last), await ours(next)]).toEqual([true, false]);
      broken = false;
      expect(await look()).toMatchObject({ state: "InSync" });
      expect([await ours(last), await ours(next)]).toEqual([false, true]);
    });
  });
});

it("not one packet passes while the rules go to and fro", async () => {
  const passed = async () =>
    Number(await node.run(["cat", `/sys/class/net/${bridge}/statistics/tx_packets`]));
  const flood = await startFlood(lab.node("client"), target);
  try {
    const begin = await passed();
    await eventually(async () => (await passed()) > begin, { what: "the stream" });
    await withAgent(await startAgent(), async ({ look }) => {
      const closed = await passed();
      for (let round = 0; round < 2; round += 1) {
        for (const variant of ["legacy", "nft"] as const) {
          await switchTo(variant);
          expect(await look()).toMatchObject({ versions: { backend: `iptables-${variant}` } });
        }
      }
      expect((await passed()) - closed).toBe(0);
    });
    const open = await passed();
    await uninstall(firewallOf(node), createLastGood(folder));
    await eventually(async () => (await passed()) > open, { what: "the stream again" });
  } finally {
    await flood.stop();
  }
});

it("iptables-legacy without the table security: filter alone, and said", async () => {
  const bare = lab.node("bare");
  for (const tool of ["iptables", "ip6tables"]) {
    await bare.run([`${tool}-legacy`, "-N", "DOCKER"]);
    await bare.run([`${tool}-legacy`, "-A", "FORWARD", "-o", "docker0", "-j", "DOCKER"]);
  }
  const agent = await startAgent(firewallOf(bare, withoutSecurity));
  await withAgent(agent, async ({ look, reports }) => {
    const status = await look();
    expect(status).toMatchObject({
      state: "InSync",
      conditions: [{ type: "GuardMissing", reason: "SecurityTableMissing" }],
    });
    expect(status.counters.map(({ guard }) => guard)).toEqual([undefined, undefined]);
    expect(reports.states()).not.toContain("Failed");
  });
  expect(await bare.run(["iptables-legacy", "-S", "DOCKER-USER"])).toContain("-j SEAWALL");
  expect(await bare.run(["cat", "/proc/net/ip_tables_names"])).toBe("filter\n");
});
