import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@seawall/lab";
import { desiredDigest, viewOfNetworks } from "@seawall/policy";
import { expect, onTestFinished, test } from "vitest";
import type { Status } from "./core/status.ts";
import { cidr, connection } from "./core/testing/live-host.ts";
import { createCutRecords } from "./edge/cut-records.ts";
import { createHostSnapshots } from "./edge/host-snapshot-file.ts";
import { createLastGood } from "./edge/last-good.ts";
import { createRulesRecords } from "./edge/rules-records.ts";
import { systemClock } from "./edge/system-clock.ts";
import type { Bundle, Conntrack, Firewall } from "./ports.ts";
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

const machine = { networks: [network("shop", "aabbccddeeff")], hasIPv6: false };

test("of two who ask what the host is like, the second during the pass of the first, each is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seawall-reconciler-"));
  const stop = new AbortController();
  const asked: ReturnType<Reconciler["readHost"]>[] = [];
  const reconciler = createReconciler(
    {
      source: fakeSource(),
      lastGood: createLastGood(folder),
      cutRecords: createCutRecords(folder),
      snapshots: createHostSnapshots(folder),
      rulesRecords: createRulesRecords(folder),
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

test("while Docker hangs, rules that somebody took away are put back by what is known, and who asks waits for Docker", async () => {
  const folder = await mkdtemp(join(tmpdir(), "seawall-reconciler-"));
  const kernel = new TextKernel();
  const agent = startKernelAgent({
    ...{ folder, networks: machine.networks, firewall: textFirewall(kernel) },
    clock: systemClock,
    connections: {
      conntrack: {
        list: () => Promise.resolve({ kind: "listed" }),
        mark: () => Promise.resolve({ kind: "done" }),
      },
      routes: { read: () => Promise.resolve({ own: [], routes: [] }) },
    },
  });
  onTestFinished(async () => {
    agent.docker.fail();
    await agent.stop();
    await rm(folder, { recursive: true });
  });
  await inSyncWith(agent, bundle(1));
  const asItShouldBe = kernel.text();
  kernel.deleteJump();
  agent.docker.hang();
  let told: Status["state"] | undefined;
  const asked = agent.observeNow().then(({ state }) => {
    told = state;
  });
  const before = agent.reports.all().length;
  await eventually(() => kernel.text() === asItShouldBe, { what: "the jump to be back" });
  await eventually(() => agent.reports.states().at(-1) === "InSync", { what: "it to be told" });
  expect(told).toBeUndefined();
  const conditions = agent.reports
    .all()
    .slice(before)
    .flatMap((status) => status.conditions);
  expect(conditions.map(({ type }) => type)).not.toContain("DockerFailed");
  agent.docker.fail();
  await asked;
  expect(told).toBe("Failed");
});

const routes = {
  own: ["192.0.2.11/32", "172.18.0.1/32"].map(cidr),
  routes: [
    { to: cidr("0.0.0.0/0"), interface: "eth0", metric: 0, isFar: true },
    { to: cidr("172.18.0.0/16"), interface: "br-aabbccddeeff", metric: 0, isFar: false },
  ],
};

/** When somebody hears of a commit: as rules are written, while they are read back for the first time, or never. */
type Heard = "write" | "read-back" | "never";

/** A host with one live connection, to network shop. Its agent hears of every change of rules, and mostly there is none. */
async function connectedHost(heard: Heard = "never") {
  const folder = await mkdtemp(join(tmpdir(), "seawall-reconciler-"));
  const kernel = new TextKernel();
  let readings = 0;
  const firewall = textFirewall(kernel, machine);
  let commits = 0;
  let isReadBack = true;
  const listeners: (() => void)[] = [];
  const hear = (): void => {
    commits += 1;
    for (const listener of listeners) listener();
  };
  const countedFirewall: Firewall = {
    ...firewall,
    observe: (look) => {
      readings += 1;
      if (heard === "read-back" && !isReadBack) hear();
      isReadBack = true;
      return firewall.observe(look);
    },
    apply: async (commit) => {
      const result = await firewall.apply(commit);
      isReadBack = false;
      if (heard === "write") hear();
      return result;
    },
  };
  const monitor = {
    ...silentWatch,
    ...{ isListening: true, run: () => Promise.resolve() },
    get heard() {
      return commits;
    },
    onChange: (listener: () => void) => {
      listeners.push(listener);
    },
  };
  const table = {
    isCut: false,
    lists: 0,
    breaksAt: Number.POSITIVE_INFINITY,
    /** Called at each mark; whether there are more. */
    onMark: () => false,
  };
  const conntrack: Conntrack = {
    list: (told) => {
      table.lists += 1;
      if (table.lists === table.breaksAt) return Promise.reject(new Error("a bug"));
      told.add({ ...connection("TCP 203.0.113.7 > 172.18.0.2 80"), isCut: table.isCut });
      return Promise.resolve({ kind: "listed" });
    },
    mark: (_, isCut) => {
      table.isCut = isCut;
      return Promise.resolve({ kind: table.onMark() ? "more" : "done" });
    },
  };
  let agent: KernelAgent | undefined;
  onTestFinished(async () => {
    await agent?.stop();
    await rm(folder, { recursive: true });
  });
  const start = async (): Promise<KernelAgent> => {
    await agent?.stop();
    agent = startKernelAgent({
      ...{ folder, networks: machine.networks, firewall: countedFirewall },
      monitor,
      connections: { conntrack, routes: { read: () => Promise.resolve(routes) } },
    });
    return agent;
  };
  const announce = async (before: Bundle, after: Bundle) => {
    await createCutRecords(folder).announce({
      ...{ revision: after.revision, view: viewOfNetworks(machine.networks) },
      ...{ before: desiredDigest(before.desired), after: desiredDigest(after.desired) },
    });
  };
  return { table, start, announce, readings: () => readings };
}

async function inSyncWith({ source, observeNow }: KernelAgent, given: Bundle): Promise<Status> {
  source.give(given);
  const isInSync = ({ state, observed }: Status) =>
    state === "InSync" && observed.generation === given.generation;
  return await eventually(
    async () => {
      const status = await observeNow();
      return isInSync(status) ? status : undefined;
    },
    { what: `generation ${String(given.generation)}`, intervalMs: 10 },
  );
}

test("what each revision has cut is told from the first of the agent's life on, and compared with what was announced of the change from what was in force", async () => {
  const [one, two, three] = [bundle(1), bundle(2, "front"), bundle(3)];
  const host = await connectedHost();
  let agent = await host.start();
  expect((await inSyncWith(agent, one)).appliedCuts).toMatchObject({
    ...{ revision: one.revision, cut: 1, unannounced: 1, announced: false },
  });
  await host.announce(one, two);
  await host.announce(two, three);
  agent = await host.start();
  expect((await inSyncWith(agent, two)).appliedCuts).toMatchObject({
    ...{ revision: two.revision, cut: 0, unannounced: 0, announced: true },
  });
  expect((await inSyncWith(agent, three)).appliedCuts).toMatchObject({
    ...{ revision: three.revision, cut: 1, unannounced: 0, announced: true },
  });
});

test("where a pass breaks down after connections were marked, nobody is told how many were cut", async () => {
  const host = await connectedHost();
  host.table.breaksAt = 2;
  const { appliedCuts } = await inSyncWith(await host.start(), bundle(1));
  expect([host.table.isCut, appliedCuts]).toEqual([true, undefined]);
});

test("a newer bundle does not wait until all is cut that the one before it denies", async () => {
  const host = await connectedHost();
  const agent = await host.start();
  let marks = 0;
  host.table.onMark = () => {
    marks += 1;
    host.table.isCut = false;
    if (marks === 20) agent.source.give(bundle(2, "front"));
    return true;
  };
  agent.source.give(bundle(1));
  await eventually(() => marks >= 20, { what: "20 marks" });
  await inSyncWith(agent, bundle(2, "front"));
  // Without giving way it would be a hundred.
  expect(marks).toBeLessThan(40);
});

test("what a revision denies and had not cut when the next one came is not that one's doing", async () => {
  const host = await connectedHost();
  const agent = await host.start();
  const next = bundle(2, "shop", { publishedPorts: [81] });
  host.table.onMark = () => {
    const isLast = agent.reports.all().at(-1)?.observed.generation === 2;
    host.table.isCut = isLast;
    if (!isLast) agent.source.give(next);
    return !isLast;
  };
  agent.source.give(bundle(1));
  const isTold = () => agent.reports.all().at(-1)?.appliedCuts?.revision === next.revision;
  await eventually(isTold, { what: "what the second has cut" });
  expect(agent.reports.all().at(-1)?.appliedCuts).toMatchObject({ cut: 1, unannounced: 0 });
});

test.each([
  ["of a write, before it is read back: that has seen it", "write", 0],
  ["while it is read back: it is read again", "read-back", 1],
] as const)("a commit that may be its own is heard %s", async (_, at, more) => {
  const host = await connectedHost(at);
  const { source, docker, reports } = await host.start();
  const looked = async (what: string, passes = 1): Promise<void> => {
    const before = reports.all().length;
    docker.set(machine.networks);
    await eventually(() => reports.all().length >= before + passes, { what });
  };
  // One is under way since the start, and it is not known whether it has read yet.
  await looked("the first look of its own and one that Docker asks for", 2);
  const before = host.readings();
  source.give(bundle(1));
  await eventually(() => reports.states().at(-1) === "InSync", { what: "generation 1" });
  await looked("a look after that");
  await looked("one more");
  // Read before it is written and afterwards.
  expect(host.readings() - before).toBe(2 + more);
});

test("what Docker tells of is looked at in Docker: the rules are read again for who asks, or where they change", async () => {
  const host = await connectedHost();
  const { source, docker, reports, observeNow } = await host.start();
  source.give(bundle(1));
  await eventually(() => reports.states().at(-1) === "InSync", { what: "generation 1" });
  const before = host.readings();
  const passes = reports.all().length;
  docker.set(machine.networks);
  await eventually(() => reports.all().length > passes, { what: "a look at Docker" });
  expect(host.readings()).toBe(before);
  await observeNow();
  expect(host.readings()).toBe(before + 1);
  docker.set([network("shop", "445566778899")]);
  // Not what it says before it writes.
  const isFollowed = () => {
    const { state, view } = reports.all().at(-1) ?? {};
    return state === "InSync" && view?.networks[0]?.bridge === "br-445566778899";
  };
  await eventually(isFollowed, { what: "rules for another bridge" });
  // Upon what is there now, for what it has counted, and read back.
  expect(host.readings()).toBe(before + 3);
});
