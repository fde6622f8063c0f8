import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { eventually, type Lab, type LabNode, startLab, whyUnfit } from "@seawall/lab";
import { afterAll, beforeAll, it } from "vitest";
import { systemClock } from "./edge/system-clock.ts";
import type { Clock } from "./ports.ts";
import { percentile, printTable } from "./testing/bench-table.ts";
import { startCommitTimes } from "./testing/commit-times.ts";
import { bundle } from "./testing/fakes.ts";
import { startKernelAgent } from "./testing/kernel-agent.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, setDockerTables } from "./testing/node-firewall.ts";
import { monitorOf } from "./testing/node-monitor.ts";
import { watched } from "./testing/watched-firewall.ts";

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

/** Five repairs within a minute would be a fight, in which the next one waits: here a minute passes in 60 ms. */
const fastClock: Clock = {
  ...systemClock,
  moment: () => ({ boot: "bench", ms: performance.now() * 1_000 }),
};

const rounds = 50;
/** A change that comes sooner behind another waits for so long: others may write rules all day. */
const apartMs = 600;

const changes = {
  "the jump to our rules is deleted": ["iptables", "-D", "DOCKER-USER", "1"],
  "DOCKER-USER is flushed": ["iptables", "-F", "DOCKER-USER"],
} as const;

it("how soon what somebody else changes is repaired", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seawall-bench-"));
  await setDockerTables(node);
  const over = new AbortController();
  const { monitor, exec, restore } = monitorOf(node, over.signal);
  const times = await startCommitTimes(node);
  const { firewall, commits } = watched(
    firewallOf(node, () => exec, restore),
    times,
  );
  const agent = startKernelAgent({
    ...{ firewall, connections: connectionsOf(node), folder, monitor, clock: fastClock },
  });
  const rows: (readonly (string | number)[])[] = [];
  try {
    await eventually(() => (monitor.isListening ? true : undefined), { what: "nft monitor" });
    agent.source.give(bundle(1));
    await agent.look();
    for (const [name, argv] of Object.entries(changes)) {
      const figures: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await wait(apartMs);
        const before = commits.length;
        const begin = performance.now();
        await node.run(argv);
        const repair = await eventually(() => commits[before], {
          ...{ what: "the repair", timeoutMs: 60_000, intervalMs: 1 },
        });
        figures.push(repair.at - begin);
      }
      rows.push([name, percentile(figures, 50), percentile(figures, 99)]);
    }
  } finally {
    over.abort();
    await agent.stop();
    await times.stop();
    await rm(folder, { recursive: true });
  }
  printTable(["What somebody else does", "Repaired after, p50", "p99"], rows);
});
