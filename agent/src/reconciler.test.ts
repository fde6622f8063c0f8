import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@seawall/lab";
import { desiredDigest, viewOfNetworks } from "@seawall/policy";
import { expect, onTestFinished, test } from "vitest";
import { cidr, connection } from "./core/testing/live-host.ts";
import { createCutRecords } from "./edge/cut-records.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { systemClock } from "./edge/system-clock.ts";
import type { Conntrack } from "./ports.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import {
  bundle,
  fakeDocker,
  fakeReach,
  fakeSource,
  network,
  openFake,
  silentWatch,
} from "./testing/fakes.ts";
import { type KernelAgent, startKernelAgent } from "./testing/kernel-agent.ts";
import { TextKernel, textFirewall } from "./testing/text-kernel.ts";

test("of two who ask what the host is like, the second during the pass of the first, each is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seawall-reconciler-"));
  const machine = { networks: [network("shop", "aabbccddeeff")], hasIPv6: false };
  const stop = new AbortController();
  const asked: ReturnType<Reconciler["readHost"]>[] = [];
  const reconciler = createReconciler(
    {
      source: fakeSource(),
      lastGood: createLastGood(folder),
      cutRecords: createCutRecords(folder),
      snapshots: createHostSnapshots(folder),
      openBundle: openFake,
      openings: { read: () => Promise.resolve([]), watch: () => undefined },
      reach: fakeReach(),
      management: { here: () => [], onChange: () => undefined },
      docker: fakeDocker(machine.networks),
      firewall: textFirewall(new TextKernel(), machine),
      rulesWatch: silentWatch,
      flowLog: { obstacle: () => Promise.resolve(undefined) },
      conntrack: {
        list: () => Promise.resolve({ kind: "listed" }),
        mark: () => Promise.resolve({ kind: "done" }),
      },
      routes: { read: () => Promise.resolve({ own: [], routes: [] }) },
      reporter: {
        report: () => {
          if (asked.length === 1) asked.push(reconciler.readHost());
        },
      },
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    { agentVersion: "1", kernel: "text", confirmTimeoutMs: 10_000 },
  );
  asked.push(reconciler.readHost());
  const running = reconciler.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
    await rm(folder, { recursive: true });
  });
  const seen = { kind: "seen", view: { networks: [{ name: "shop" }] } };
  expect(await asked[0]).toMatchObject(seen);
  expect(await asked[1]).toMatchObject(seen);
});

test("what each revision has cut is told from the first of the agent's life on, and compared with what was announced of the change from what was in force", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seawall-reconciler-"));
  const shop = network("shop", "aabbccddeeff");
  const kernel = new TextKernel();
  let isCut = false;
  const conntrack: Conntrack = {
    list: (told) => {
      told.add({ ...connection("TCP 203.0.113.7 > 172.18.0.2 80"), isCut });
      return Promise.resolve({ kind: "listed" });
    },
    mark: (_, cut) => {
      isCut = cut;
      return Promise.resolve({ kind: "done" });
    },
  };
  const routes = {
    own: ["192.0.2.11/32", "172.18.0.1/32"].map(cidr),
    routes: [
      { to: cidr("0.0.0.0/0"), interface: "eth0", metric: 0, isFar: true },
      { to: cidr("172.18.0.0/16"), interface: "br-aabbccddeeff", metric: 0, isFar: false },
    ],
  };
  const start = (): KernelAgent =>
    startKernelAgent({
      ...{ folder, networks: [shop] },
      firewall: textFirewall(kernel, { networks: [shop], hasIPv6: false }),
      connections: { conntrack, routes: { read: () => Promise.resolve(routes) } },
    });
  const [one, two, three] = [bundle(1), bundle(2, "front"), bundle(3)];
  const announce = async (before: typeof one, after: typeof one) => {
    await createCutRecords(folder).announce({
      ...{ revision: after.revision, view: viewOfNetworks([shop]) },
      ...{ before: desiredDigest(before.desired), after: desiredDigest(after.desired) },
    });
  };
  const told = async ({ source, observeNow }: KernelAgent, given: typeof one) => {
    source.give(given);
    return await eventually(
      async () => {
        const { appliedCuts } = await observeNow();
        return appliedCuts?.revision === given.revision ? appliedCuts : undefined;
      },
      { what: `what revision ${String(given.revision)} has cut`, intervalMs: 10 },
    );
  };
  let agent = start();
  onTestFinished(async () => {
    await agent.stop();
    await rm(folder, { recursive: true });
  });
  expect(await told(agent, one)).toMatchObject({ cut: 1, unannounced: 1, announced: false });
  await agent.look();
  await agent.stop();
  await announce(one, two);
  await announce(two, three);
  agent = start();
  expect(await told(agent, two)).toMatchObject({ cut: 0, unannounced: 0, announced: true });
  await agent.look();
  expect(await told(agent, three)).toMatchObject({ cut: 1, unannounced: 0, announced: true });
});
