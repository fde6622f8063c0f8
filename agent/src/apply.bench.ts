import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { createBundleDecoder, encodeBundle } from "@seawall/policy";
import { keyIdOf, seal } from "@seawall/proto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { acceptBundle } from "./accept-bundle.ts";
import { median, printTable } from "./testing/bench-table.ts";
import { commitsIn, startCommitTimes } from "./testing/commit-times.ts";
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

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const keyId = keyIdOf(publicKey);
const host = "large";

/** As it comes from the controller. */
function sealedBundle(generation: number): Buffer {
  const desired = largeState(`203.0.113.${String(100 + generation)}/32`);
  const id = { format: 1, requires: [], host, epoch: 1, generation, revision: generation } as const;
  return seal("bundle", encodeBundle({ ...id, desired }), { keyId, privateKey });
}

async function startAgent(folder: string) {
  const over = new AbortController();
  const { monitor, exec, restore } = monitorOf(node, over.signal);
  const times = await startCommitTimes(node);
  const { firewall, commits } = watched(
    firewallOf(node, () => exec, restore),
    times,
  );
  const agent = startKernelAgent({
    ...{ firewall, connections: connectionsOf(node), folder, networks: largeNetworks, monitor },
  });
  await eventually(() => (monitor.isListening ? true : undefined), { what: "nft monitor" });
  await agent.observeNow();
  const acceptance = {
    host,
    trusted: new Map([[keyId, publicKey]]),
    decode: createBundleDecoder(),
  };
  return {
    /** Gives the generation, and tells what it took to open it, until its last commit, and until it was reported. */
    bring: async (generation: number) => {
      const envelope = sealedBundle(generation);
      const from = commits.length;
      const begin = performance.now();
      const verdict = acceptBundle(envelope, acceptance);
      const opened = performance.now();
      if (verdict.kind === "refused") throw new Error(verdict.refusal.message);
      agent.source.give(verdict.bundle);
      const status = await agent.observeNow();
      const end = performance.now();
      expect(status).toMatchObject({ observed: { generation } });
      expect(await agent.look()).toMatchObject({ state: "InSync", observed: { generation } });
      const made = commits.slice(from);
      return {
        openedMs: opened - begin,
        inKernelMs: (made.at(-1)?.at ?? Number.NaN) - begin,
        reportedMs: end - begin,
        made,
      };
    },
    stop: async () => {
      over.abort();
      await agent.stop();
      await times.stop();
    },
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

/** What nobody can be faster than: until the kernel has the same text, given to iptables-restore by nobody who thinks. */
async function bareRestoreMs(commits: readonly WatchedCommit[]): Promise<number> {
  const times = await startCommitTimes(node);
  const begin = performance.now();
  for (const { family, text } of commits) {
    await node.run([`${restorePrograms[family]}-restore`, "--noflush"], { input: text });
  }
  const count = commits.reduce((sum, { text }) => sum + commitsIn(text), 0);
  const end = await times.at(count - 1);
  await times.stop();
  return end - begin;
}

interface Figures {
  readonly openedMs: number;
  readonly inKernelMs: number;
  readonly reportedMs: number;
}

function row(name: string, figures: readonly Figures[], bare: readonly number[]) {
  const inKernel = median(figures.map(({ inKernelMs }) => inKernelMs));
  const bareRestore = median(bare);
  return [
    name,
    median(figures.map(({ openedMs }) => openedMs)),
    inKernel,
    bareRestore,
    `${(inKernel / bareRestore).toFixed(1)}×`,
    median(figures.map(({ reportedMs }) => reportedMs)),
  ];
}

const changedChain = `SEAWALL-I-${"0".repeat(12)}`;
const rounds = 5;
const changes = 20;

it("what a change costs", async () => {
  const firsts: Figures[] = [];
  const one: Figures[] = [];
  const bare: { readonly first: number; readonly one: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let commits: readonly WatchedCommit[] = [];
    let change: readonly WatchedCommit[] = [];
    await withAgent(async ({ bring }) => {
      const first = await bring(1);
      commits = first.made;
      for (let generation = 2; generation < 2 + changes / rounds; generation += 1) {
        const { made, ...figures } = await bring(generation);
        one.push(figures);
        change = made;
        const written = made.map(({ text }) => text).join("");
        // In filter, and once more in security; filter loses the old rules at last.
        expect(written.match(/^\*.*/gm)).toEqual(["*filter", "*security", "*filter"]);
        const chains = [...written.matchAll(/^(?::|-[AID] )(\S+)/gm)].map(([, name]) => name);
        expect(new Set(chains)).toEqual(new Set([changedChain]));
      }
      firsts.push(first);
    });
    const bareOne = await bareRestoreMs(change);
    await setDockerTables(node);
    bare.push({ first: await bareRestoreMs(commits), one: bareOne });
  }
  printTable(
    [
      ...["What changes", "Opened after", "In the kernel after"],
      ...["Bare iptables-restore", "of bare", "Reported after"],
    ],
    [
      row(
        "all 10,000 rules of 100 networks",
        firsts,
        bare.map(({ first }) => first),
      ),
      row(
        "one of 10,000 rules",
        one,
        bare.map((it) => it.one),
      ),
    ],
  );
});
