import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createOpenings } from "./edge/openings.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import { systemClock } from "./edge/system-clock.ts";
import { restore } from "./restore.ts";
import { bundle, openFake } from "./testing/fakes.ts";
import { startKernelAgent } from "./testing/kernel-agent.ts";
import { noConnections } from "./testing/no-connections.ts";
import { TextKernel, textFirewall } from "./testing/text-kernel.ts";

/** A host whose agent has brought its rules into force in this boot, and has gone. */
async function enforcedHost() {
  const folder = await mkdtemp(join(tmpdir(), "seawall-restore-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kernel = new TextKernel();
  const firewall = textFirewall(kernel);
  const agent = startKernelAgent({ folder, firewall, connections: noConnections });
  agent.source.give(bundle(1));
  await agent.look();
  await agent.stop();
  const restoreNow = () =>
    restore({
      ...{ firewall, openBundle: openFake, clock: systemClock },
      lastGood: createLastGood(folder),
      snapshots: createHostSnapshots(folder),
      rulesRecords: createRulesRecords(folder),
      openings: createOpenings(folder),
    });
  return { kernel, restoreNow };
}

const rulesOf = (kernel: TextKernel) =>
  kernel
    .text()
    .split("\n")
    .filter((line) => line.includes("-A "));

test("rules of this boot that are in force stay as they are", async () => {
  const { kernel, restoreNow } = await enforcedHost();
  const before = kernel.text();
  expect(await restoreNow()).toEqual({ kind: "inForce" });
  expect(kernel.text()).toBe(before);
});

test("of rules of this boot that nothing leads to, only that is put back", async () => {
  const { kernel, restoreNow } = await enforcedHost();
  const before = kernel.text();
  kernel.deleteJump();
  expect(await restoreNow()).toEqual({
    kind: "ledTo",
    what: "IPv4: the jump from DOCKER-USER to SEAWALL is missing",
  });
  expect(kernel.text()).toBe(before);
});

test("chains of this boot that somebody has flushed are filled by what is kept for the next one", async () => {
  const { kernel, restoreNow } = await enforcedHost();
  kernel.flush();
  expect(rulesOf(kernel)).toEqual([]);
  expect(await restoreNow()).toEqual({ kind: "restored", generation: 1 });
  expect(kernel.text()).toMatch(/-A SEAWALL-I-0a1b2c3d4e5f .*p\/default" -j DROP/);
  expect(await restoreNow()).toEqual({ kind: "inForce" });
});
