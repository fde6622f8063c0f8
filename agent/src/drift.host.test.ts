import { eventually, type LabNode } from "@seawall/lab";
import type { ChosenHostOptions } from "@seawall/policy";
import { beforeAll, beforeEach, expect, it } from "vitest";
import type { DriftRecord } from "./core/status.ts";
import { createCutRecords } from "./edge/cut-records.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createOpenings } from "./edge/openings.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import { systemClock } from "./edge/system-clock.ts";
import type { Firewall } from "./ports.ts";
import { createReconciler } from "./reconciler.ts";
import {
  bundle,
  fakeDocker,
  fakeReach,
  fakeSource,
  network,
  openFake,
  recorder,
} from "./testing/fakes.ts";
import { useKernels } from "./testing/kernel-fixture.ts";
import { connectionsOf } from "./testing/node-connections.ts";
import { firewallOf, setDockerTables } from "./testing/node-firewall.ts";
import { monitorOf } from "./testing/node-monitor.ts";
import { settled } from "./testing/settled.ts";

const kernels = useKernels(["kernel"]);
let node: LabNode;

beforeAll(() => {
  node = kernels.node("kernel");
});

/** An agent that hears of commits, and that looks by itself once an hour only. */
function startAgent() {
  const folder = kernels.folder();
  const source = fakeSource();
  const reports = recorder();
  const stop = new AbortController();
  const { monitor, programs: monitors, exec, restore } = monitorOf(node, stop.signal);
  const calls: string[] = [];
  const kernel = firewallOf(node, () => exec, restore);
  const firewall: Firewall = {
    ...kernel,
    observe: (look) => {
      calls.push("read");
      return kernel.observe(look);
    },
    apply: (commit) => {
      calls.push("write");
      return kernel.apply(commit);
    },
  };
  const reconciler = createReconciler(
    {
      ...{ source, reporter: reports, openBundle: openFake, clock: systemClock },
      docker: fakeDocker([network("shop", "0a1b2c3d4e5f")]),
      firewall,
      rulesWatch: monitor,
      flowLog: { obstacle: () => Promise.resolve(undefined) },
      ...connectionsOf(node),
      lastGood: createLastGood(folder),
      cutRecords: createCutRecords(folder),
      snapshots: createHostSnapshots(folder),
      rulesRecords: createRulesRecords(folder),
      openings: createOpenings(folder),
      reach: fakeReach(),
      management: { here: () => [], onChange: () => undefined },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    { agentVersion: "0", kernel: "test", confirmTimeoutMs: 60_000, intervalMs: 3_600_000 },
  );
  const running = Promise.all([reconciler.run(stop.signal), monitor.run(stop.signal)]);
  return {
    ...{ monitor, monitors, reports, calls },
    look: () => settled(reconciler),
    give: (generation: number, options: ChosenHostOptions) => {
      const { desired, ...rest } = bundle(generation);
      source.give({ ...rest, desired: { ...desired, options } });
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

let agent: ReturnType<typeof startAgent>;
beforeEach(async () => {
  await setDockerTables(node);
  agent = startAgent();
  await listening();
  return () => agent.stop();
});

const listening = () =>
  eventually(() => (agent.monitor.isListening ? true : undefined), { what: "nft monitor" });

const reported = <T>(what: string, found: () => T | undefined) =>
  eventually(found, { what, timeoutMs: 60_000 });

const newest = (): DriftRecord | undefined => agent.reports.all().at(-1)?.drifts[0];
const repair = (times = 1) =>
  reported("the repair", () => {
    const record = newest();
    return record?.repairedMs !== undefined && record.times === times ? record : undefined;
  });

const deleteJump = () => node.run(["iptables", "-D", "DOCKER-USER", "1"]);
const rules = () => node.run(["iptables", "-S", "DOCKER-USER"]);
const jump = "-j SEAWALL\n";
const what = "the jump from DOCKER-USER to SEAWALL is missing";

it("is repaired when it happens, and who it was is kept", async () => {
  agent.give(1, {});
  await agent.look();
  await deleteJump();
  const { suspects, ...record } = await repair();
  expect(record).toMatchObject({ family: "IPv4", what, times: 1 });
  expect(suspects).toMatchObject([{ command: "iptables" }]);
  expect(suspects[0]?.atMs).toBeLessThanOrEqual(record.repairedMs ?? 0);
  expect(await rules()).toContain(jump);
});

it("that nobody made is not looked for ahead of newer rules, which are read back", async () => {
  agent.give(1, {});
  await agent.look();
  agent.calls.splice(0);
  agent.give(2, { forwardGuard: "Off", inputGuard: "Off" });
  expect(await agent.look()).toMatchObject({ state: "InSync", observed: { generation: 2 } });
  // One family after the other.
  expect(agent.calls.slice(0, 3)).toEqual(["write", "write", "read"]);
  // The same rules once more: nothing is written, and nothing is said that was not read.
  agent.calls.splice(0);
  agent.give(3, { forwardGuard: "Off", inputGuard: "Off" });
  expect(await agent.look()).toMatchObject({ state: "InSync", observed: { generation: 3 } });
  expect(agent.calls[0]).toBe("read");
});

it("that somebody made is found before newer rules are written, and repaired with them", async () => {
  agent.give(1, {});
  await agent.look();
  const before = agent.monitor.heard;
  await node.run(["iptables", "-F", "SEAWALL"]);
  await reported("the change", () => (agent.monitor.heard > before ? true : undefined));
  agent.give(2, { forwardGuard: "Off", inputGuard: "Off" });
  expect(await agent.look()).toMatchObject({ state: "InSync", observed: { generation: 2 } });
  expect(newest()).toMatchObject({ family: "IPv4", times: 1 });
  expect(newest()?.repairedMs).toBeDefined();
});

it("stays and is told of where the host only warns, until it is to heal", async () => {
  agent.give(1, { drift: "Warn" });
  await agent.look();
  await deleteJump();
  const status = await reported("the warning", () =>
    agent.reports.all().find(({ conditions }) => conditions[0]?.reason === "OnlyWarns"),
  );
  expect(status).toMatchObject({
    state: "Drifted",
    drifts: [{ family: "IPv4", what, suspects: [{ command: "iptables" }] }],
  });
  expect(await agent.look()).toMatchObject({ state: "Drifted" });
  expect(await rules()).not.toContain(jump);
  agent.give(2, {});
  expect(await agent.look()).toMatchObject({ state: "InSync" });
  expect(await rules()).toContain(jump);
});

it("is found when nft monitor was killed meanwhile, and the next one hears", async () => {
  agent.give(1, {});
  await agent.look();
  agent.monitors.at(-1)?.stop();
  await reported("the end of nft monitor", () => agent.monitor.failure);
  await deleteJump();
  await repair();
  await listening();
  expect(agent.monitors).toHaveLength(2);
  await deleteJump();
  await repair(2);
  expect(await agent.look()).toMatchObject({ state: "InSync", conditions: [] });
});

it("of which every repair is undone: the next ones wait, and it is said who it was", async () => {
  agent.give(1, {});
  await agent.look();
  for (let times = 1; times <= 6; times += 1) {
    await deleteJump();
    await repair(times);
  }
  const waits = () =>
    agent.reports.all().find(({ conditions }) => conditions[0]?.reason === "RepairWaits");
  // Each waits for twice as long after the one before it: on a slow machine the first of them are over when it is found.
  for (let times = 7; times <= 10 && waits() === undefined; times += 1) {
    await deleteJump();
    await repair(times);
  }
  const status = waits();
  expect(status).toMatchObject({ state: "Drifted", conditions: [{}, { type: "Fighting" }] });
  expect(status?.conditions[1]?.message).toMatch(/ is missing, last changed by iptables \(pid \d+/);
  expect(await rules()).toContain(jump);
});

it.each([
  ["table", ["table", "inet", "seawall"], "table inet seawall is missing"],
  ["rules", ["chain", "inet", "seawall", "ipv4-FORWARD"], /chain ipv4-FORWARD .* is not as/],
])("in nftables, of the %s: repaired, and who it was is kept", async (_, argv, what) => {
  agent.give(1, { enforcement: "nftables" });
  await agent.look();
  const verb = argv[0] === "table" ? "delete" : "flush";
  await node.run(["nft", verb, ...argv]);
  const { suspects, ...record } = await repair();
  expect(record.family).toBe("inet");
  expect(record.what).toMatch(what);
  expect(suspects).toMatchObject([{ command: "nft" }]);
  expect(await agent.look()).toMatchObject({ state: "InSync", versions: { backend: "nftables" } });
});
