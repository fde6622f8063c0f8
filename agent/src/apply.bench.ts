import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import type { DesiredState } from "@seawall/policy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { median, printTable } from "./testing/bench-table.ts";
import { bundle } from "./testing/fakes.ts";
import { startKernelAgent } from "./testing/kernel-agent.ts";
import { largeNetworks, largeState } from "./testing/large-host.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, setDockerTables } from "./testing/node-firewall.ts";
import { monitorOf } from "./testing/node-monitor.ts";
import { type WatchedCommit, watched } from "./testing/watched-firewall.ts";

let lab: Lab;
let node: LabNode;

beforeAll(async () => {
  const unfit = whyUnfit();
  if (unfit !== undefined) throw new Error(unfit);
  lab = await startLab({ hosts: [], nodes: [{ name: "kernel" }] });
  node = lab.node("kernel");
});

afterAll(async () => {
  await lab.stop();
});

function stateOf(generation: number): DesiredState {
  return largeState(`203.0.113.${String(100 + generation)}/32`);
}

async function startAgent(folder: string) {
  const { monitor, exec } = monitorOf(node);
  const { firewall, commits } = watched(firewallOf(node, () => exec));
  const agent = startKernelAgent({
    ...{ firewall, connections: connectionsOf(node), folder, networks: largeNetworks, monitor },
  });
  await eventually(() => (monitor.isListening ? true : undefined), { what: "nft monitor" });
  await agent.observeNow();
  return {
    /** Gives the generation, and tells what it took until the last commit of it, and until it was reported. */
    bring: async (generation: number) => {
      const desired = stateOf(generation);
      const from = commits.length;
      const begin = performance.now();
      agent.source.give({ ...bundle(generation), desired });
      const status = await agent.observeNow();
      const end = performance.now();
      expect(status).toMatchObject({ observed: { generation } });
      expect(await agent.look()).toMatchObject({ state: "InSync", observed: { generation } });
      const made = commits.slice(from);
      return {
        inKernelMs: (made.at(-1)?.at ?? Number.NaN) - begin,
        reportedMs: end - begin,
        made,
      };
    },
    stop: agent.stop,
  };
}

type Agent = Awaited<ReturnType<typeof startAgent>>;

async function withAgent(story: (agent: Agent) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seawall-bench-"));
  await setDockerTables(node);
  const agent = await startAgent(folder);
  try {
    await story(agent);
  } finally {
    await agent.stop();
    await rm(folder, { recursive: true });
  }
}

const restorePrograms = { IPv4: "iptables-nft", IPv6: "ip6tables-nft" } as const;

/** What nobody can be faster than: the same text, given to iptables-restore by nobody who thinks. */
async function bareRestoreMs(commits: readonly WatchedCommit[]): Promise<number> {
  await setDockerTables(node);
  const begin = performance.now();
  for (const { family, text } of commits) {
    await node.run([`${restorePrograms[family]}-restore`, "--noflush"], { input: text });
  }
  return performance.now() - begin;
}

const changedChain = `:SEAWALL-I-${"0".repeat(12)}`;
const rounds = 5;
const changes = 20;

it("what a change costs", async () => {
  const full: { inKernelMs: number; reportedMs: number; bareMs: number }[] = [];
  const one: { inKernelMs: number; reportedMs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let commits: readonly WatchedCommit[] = [];
    await withAgent(async ({ bring }) => {
      const first = await bring(1);
      commits = first.made;
      for (let generation = 2; generation < 2 + changes / rounds; generation += 1) {
        const { made, ...figures } = await bring(generation);
        one.push(figures);
        const written = made.map(({ text }) => text);
        // In filter, and once more in security.
        expect(written.join("\n").match(/^:SEAWALL\S*/gm)).toEqual([changedChain, changedChain]);
      }
      full.push({ ...first, bareMs: Number.NaN });
    });
    const last = full.at(-1);
    if (last !== undefined) last.bareMs = await bareRestoreMs(commits);
  }
  printTable(
    ["What changes", "In the kernel after", "Reported after", "Bare iptables-restore"],
    [
      [
        "all 10,000 rules of 100 networks",
        median(full.map(({ inKernelMs }) => inKernelMs)),
        median(full.map(({ reportedMs }) => reportedMs)),
        median(full.map(({ bareMs }) => bareMs)),
      ],
      [
        "one of 10,000 rules",
        median(one.map(({ inKernelMs }) => inKernelMs)),
        median(one.map(({ reportedMs }) => reportedMs)),
        "–",
      ],
    ],
  );
});
