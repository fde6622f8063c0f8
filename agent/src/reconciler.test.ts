import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createCutRecords } from "./edge/cut-records.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { systemClock } from "./edge/system-clock.ts";
import { createReconciler, type Reconciler } from "./reconciler.ts";
import {
  fakeDocker,
  fakeReach,
  fakeSource,
  network,
  openFake,
  silentWatch,
} from "./testing/fakes.ts";
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
