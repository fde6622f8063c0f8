import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "@seawall/lab";
import type { HostReport__Output } from "@seawall/proto";
import { nanos } from "nats";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentSessions } from "./api/agent-sessions.ts";
import { hostDocuments } from "./api/documents.ts";
import { deleteHost, labelHost, setHost } from "./api/host-writes.ts";
import { changeNewestRollout } from "./api/rollout.ts";
import { apply } from "./api/write.ts";
import { CompiledHosts } from "./compiled-hosts.ts";
import { event } from "./core/fleet-event.ts";
import { noRollouts } from "./core/rollout-record.ts";
import { duplicate } from "./core/testing/duplicate.ts";
import { EventRecorder } from "./event-recorder.ts";
import { makeJoinToken } from "./identity/join-token.ts";
import { LastStatuses } from "./last-statuses.ts";
import { ResourceTrees } from "./resource-trees.ts";
import { type Reconcilers, startReconcilers } from "./start-reconcilers.ts";
import {
  EventLog,
  type EventLogOptions,
  type LoggedEvent,
  type UnbelievedEvent,
} from "./store/event-log.ts";
import type { Store } from "./store/open-store.ts";
import { StoreFleet } from "./store-fleet.ts";
import { storedEnrolments } from "./stored-enrolments.ts";
import { admin } from "./testing/callers.ts";
import { enrolledHost } from "./testing/memory-fleet.ts";
import { startTestNats, type TestNats } from "./testing/test-nats.ts";
import { type TestController, testController } from "./testing/test-store.ts";

const silent = pino({ level: "silent" });

let nats: TestNats;
let controller: TestController;
let store: Store;
let fleet: StoreFleet;
let sessions: AgentSessions;
let compiled: CompiledHosts;
let directoryChanges: number;
let events: EventLog;
let recorder: EventRecorder;
let work: Reconcilers | undefined;
/** So much somebody has set the clock forward. */
let aheadMs: number;

const openEvents = async (retention: EventLogOptions["retention"]) =>
  await EventLog.open({
    nats: await nats.controller(),
    signingKey: controller.signingKey,
    trusted: new Map([[controller.signingKey.keyId, controller.signingKey.publicKey]]),
    retention,
    replicas: 1,
  });

beforeEach(async () => {
  aheadMs = 0;
  nats = await startTestNats();
  controller = await testController();
  store = await controller.store(await nats.controller());
  events = await openEvents({ maxAgeMs: 3_600_000, maxBytes: 1 << 20 });
  recorder = new EventRecorder({
    append: (timeMs, event) => events.append(timeMs, event),
    now: () => new Date(),
    log: silent,
  });
  sessions = new AgentSessions(
    () => performance.now(),
    () => undefined,
  );
  const trees = new ResourceTrees(store.revisions);
  compiled = new CompiledHosts(
    (revision) => trees.tree(revision),
    () => fleet.directory(),
  );
  fleet = new StoreFleet({
    stores: store,
    sessions,
    statuses: new LastStatuses({
      hosts: store.hosts,
      report: (host) => sessions.report(host)?.report,
      tell: () => Promise.resolve(),
      monotonicNow: () => performance.now(),
      random: () => 0,
      onError: () => undefined,
    }),
    trees,
    compiled,
    trusted: new Map([[controller.signingKey.keyId, controller.signingKey.publicKey]]),
    revoke: () => Promise.resolve(),
    record: (event) => recorder.record(event),
    onCommit: () => work?.rollout(),
    clock: { now: () => Date.now() + aheadMs, monotonicNow: () => performance.now() },
    log: silent,
  });
  directoryChanges = 0;
  fleet.start(
    (names) => work?.enqueue(names),
    () => {
      directoryChanges += 1;
      work?.directory();
    },
  );
  await eventually(() => fleet.hasSynced, { what: "the first list" });
});
afterEach(async () => {
  await work?.stop();
  work = undefined;
  fleet.stop();
  await nats.stop();
  await controller.remove();
});

const join = (name: string) =>
  storedEnrolments(store.hosts, (host, sequence) => fleet.untilSeen(host, sequence)).create(
    enrolledHost(name, { env: "prod" }),
  );
const label = (host: string, set: Record<string, string>) =>
  labelHost({ host, set, remove: [], overwrite: true }, admin, fleet);
const lead = () =>
  startReconcilers({
    instanceId: "one",
    store,
    fleet,
    sessions,
    compiled,
    signingKey: controller.signingKey,
    events,
    log: silent,
  });
const policy = (to: string) => ({
  files: [
    {
      name: "p.yaml",
      content: `{apiVersion: seawall/v1, kind: FleetPolicy, metadata: {name: p}, spec: {hostSelector: {matchLabels: {env: ${to}}}, ingress: {defaultAction: Deny}}}`,
    },
  ],
  dryRun: false,
  message: "",
  confirmWithinMs: 0,
  prune: false,
  pruneSelector: "",
});

describe("who has just written reads nothing older", () => {
  it("after joining, labelling and deleting, every time", async () => {
    for (let i = 0; i < 30; i++) {
      const name = `web-${String(i)}`;
      await join(name);
      expect(fleet.host(name)?.labels).toEqual({ env: "prod" });
      await label(name, { env: String(i) });
      expect(fleet.host(name)?.labels).toEqual({ env: String(i) });
      await deleteHost({ host: name }, admin, fleet);
      expect(fleet.host(name)).toBeUndefined();
    }
  });

  it("when several label one host at the same time, none is lost", async () => {
    await join("web");
    const keys = ["a", "b", "c", "d", "e"];
    await Promise.all(keys.map((key) => label("web", { [key]: "yes" })));
    expect(Object.keys(fleet.host("web")?.labels ?? {}).sort()).toEqual([...keys, "env"]);
  });
});

describe("events", () => {
  const read = async (from = 1) => {
    const all: (LoggedEvent | UnbelievedEvent)[] = [];
    for await (const it of events.read(from)) all.push(it);
    return all;
  };
  const words = (it: LoggedEvent | UnbelievedEvent) =>
    "event" in it ? `${it.event.kind} ${it.event.by} ${it.event.about}` : it.unbelieved;
  const opened = (host: string, message: string) =>
    event("Opened", { by: `host/${host}`, about: `host/${host}`, host, message });

  it("are there when the change is answered, with who made it", async () => {
    await join("web");
    await label("web", { env: "test" });
    await apply({ ...policy("prod"), ifRevision: 0, message: "why" }, admin, fleet, { ports: [] });
    await deleteHost({ host: "web" }, admin, fleet);
    const all = await read();
    expect(all.map(words)).toEqual([
      "HostChanged user/admin host/web",
      "RevisionCommitted user/admin revision/1",
      "HostDeleted user/admin host/web",
    ]);
    expect(all[0]).toMatchObject({
      event: { changes: [{ path: "labels.env", before: '"prod"', after: '"test"' }] },
    });
    expect(all[1]).toMatchObject({ event: { message: "why" } });
    expect(all[2]).toMatchObject({
      event: {
        changes: expect.arrayContaining([
          { path: "labels.env", before: '"test"', after: "" },
        ]) as unknown,
      },
    });
    expect(recorder.lost).toBe(0);
  });

  it("are read from a moment on, over what is not kept any more, and then go on", async () => {
    const committed = event("RevisionCommitted", { about: "revision/1" });
    await events.append(1, committed);
    // More than are kept of one host.
    for (let i = 0; i < 1_100; i += 100) {
      const some = Array.from({ length: 100 }, (_, j) => opened("loud", String(i + j)));
      await Promise.all(some.map((it) => events.append(2, it)));
    }
    await delay(5);
    const moment = Date.now();
    await delay(5);
    await events.append(3, opened("web", "last"));
    const all = await read();
    expect(all).toHaveLength(1_002);
    expect([all.at(0), all.at(-1)].map((it) => it && words(it))).toEqual([
      "RevisionCommitted  revision/1",
      "Opened host/web host/web",
    ]);
    const from = await events.since(moment);
    expect((await read(from)).map(words)).toEqual(["Opened host/web host/web"]);
    expect(await events.since(Date.now() + 60_000)).toBe(1_103);
    expect(await events.since(0)).toBe(1);
    expect(await read(1_103)).toEqual([]);
  });

  it("are kept for as long and as many bytes as is said, and then the oldest go", async () => {
    const manager = await (await nats.controller()).jetstreamManager();
    const { config } = await manager.streams.info("EVENTS");
    expect(config).toMatchObject({ max_age: nanos(3_600_000), max_bytes: 1 << 20 });
    await openEvents({ maxAgeMs: 3_600_000, maxBytes: 4_000 });
    const committed = (number: number) =>
      event("RevisionCommitted", { about: `revision/${String(number)}` });
    for (let i = 1; i <= 20; i++) await events.append(i, committed(i));
    const told = (await read()).map(words);
    expect(told.length).toBeLessThan(20);
    expect(told.at(-1)).toBe("RevisionCommitted  revision/20");
  });

  it("of one kind of refusals push out none of another", async () => {
    await events.append(1, event("HostRefused", { by: "host/web", host: "web" }));
    for (let i = 0; i < 1_100; i += 100) {
      const some = Array.from({ length: 100 }, () => event("JoinRefused", { message: "no" }));
      await Promise.all(some.map((it) => events.append(2, it)));
    }
    const all = await read();
    expect(all).toHaveLength(1_001);
    expect(all.at(0)).toMatchObject({ event: { kind: "HostRefused" } });
  });

  it("that may have been written before are there once, whoever writes them again", async () => {
    const begun = event("RolloutStarted", { by: "controller", about: "rollout/1" });
    const again = event("RolloutStarted", { by: "controller", about: "rollout/2" });
    await events.appendOnce(1, begun, "rollout.1.0");
    await events.appendOnce(2, again, "rollout.1.0");
    await events.appendOnce(2, again, "rollout.1.1");
    expect((await read()).map(words)).toEqual([
      "RolloutStarted controller rollout/1",
      "RolloutStarted controller rollout/2",
    ]);
  });

  it("a quarantine is in the record and told once, ends the stream, and lasts until somebody ends it", async () => {
    await join("web");
    const ended: string[] = [];
    sessions.open("web", { send: () => undefined, end: (code) => ended.push(code) });
    await fleet.quarantine("web", duplicate);
    await fleet.quarantine("web", { ...duplicate, since: "2026-01-03T00:00:00.000Z" });
    expect(fleet.host("web")?.quarantine).toEqual(duplicate);
    expect(ended).toEqual(["PERMISSION_DENIED"]);
    expect(await fleet.knownHosts()).toMatchObject([{ known: { quarantine: duplicate } }]);
    await set({ endQuarantine: true });
    expect(fleet.isQuarantined("web")).toBe(false);
    expect((await read()).map(words)).toEqual([
      "HostQuarantined controller host/web",
      "HostChanged user/admin host/web",
    ]);
  });

  it("that somebody else wrote are not believed, and hide none", async () => {
    await events.append(1, opened("web", "true"));
    const intruder = (await nats.controller()).jetstream();
    await intruder.publish("events.host.web", Buffer.from("forged"));
    await events.append(2, opened("web", "true"));
    expect((await read()).map(words)).toEqual([
      "Opened host/web host/web",
      "not an envelope",
      "Opened host/web host/web",
    ]);
  });
});

describe("a revoked token", () => {
  const { record } = makeJoinToken(
    {
      ...{ createdBy: "oscar", uses: 5, expiresAt: new Date(), labels: {} },
      ...{ mode: "Enforce", addressRanges: [] },
    },
    "ab".repeat(32),
    Buffer.alloc(40, 7),
  );

  it("is gone for who was joining with it, for a controller that starts again, and for ever", async () => {
    expect(await store.tokens.create(record)).toBe(true);
    const before = await store.tokens.get(record.id);
    expect(await store.tokens.list()).toEqual([record]);
    expect(await store.tokens.delete(record.id, 1)).toEqual(record);
    expect(await store.tokens.replace({ ...record, spent: 1 }, before?.version ?? 0)).toBe(false);
    const { tokens } = await controller.store(await nats.controller());
    expect([await tokens.get(record.id), await tokens.list()]).toEqual([undefined, []]);
    expect(await tokens.create(record)).toBe(false);
    expect(await tokens.delete(record.id, 2)).toBeUndefined();
  });

  it("is gone however many are joining with it at that moment", async () => {
    await store.tokens.create(record);
    let revoked = false;
    const joining = async () => {
      for (let spent = 0; !revoked; spent++) {
        const found = await store.tokens.get(record.id);
        if (found !== undefined) await store.tokens.replace({ ...record, spent }, found.version);
      }
    };
    const joins = [joining(), joining()];
    expect(await store.tokens.delete(record.id, 1)).toMatchObject({ id: record.id });
    revoked = true;
    await Promise.all(joins);
    expect(await store.tokens.get(record.id)).toBeUndefined();
  });
});

const set = (wish: {
  mode?: string;
  addresses?: string[];
  options?: Readonly<Record<string, string>>;
  endQuarantine?: boolean;
}) =>
  setHost(
    {
      host: "web",
      mode: wish.mode ?? "",
      setAddresses: wish.addresses !== undefined,
      addresses: wish.addresses ?? [],
      options: { ...wish.options },
      endQuarantine: wish.endQuarantine ?? false,
    },
    admin,
    fleet,
  );

it("keeps all that can be set of a host", async () => {
  await join("web");
  await set({
    ...{ mode: "Audit", addresses: ["192.0.2.7"] },
    options: { forwardGuard: "Off", newNetworks: "Open" },
  });
  expect(fleet.host("web")).toMatchObject({
    mode: "Audit",
    addresses: ["192.0.2.7/32"],
    options: { forwardGuard: "Off", newNetworks: "Open" },
  });
});

describe("the directory", () => {
  const hostsIn = () => fleet.directory()?.hosts;

  it("follows joins, labels, addresses and deletions at once, and nothing else", async () => {
    await join("web");
    expect(hostsIn()).toEqual([{ labels: { env: "prod" }, addresses: [] }]);
    await label("web", { env: "test" });
    expect(hostsIn()).toEqual([{ labels: { env: "test" }, addresses: [] }]);
    await set({ addresses: ["192.0.2.7"] });
    expect(hostsIn()).toEqual([{ labels: { env: "test" }, addresses: ["192.0.2.7/32"] }]);
    const [directory, changes] = [fleet.directory(), directoryChanges];
    await set({ mode: "Audit" });
    expect(fleet.host("web")).toMatchObject({ mode: "Audit", addresses: ["192.0.2.7/32"] });
    expect([fleet.directory(), directoryChanges]).toEqual([directory, changes]);
    expect(fleet.directory()).toBe(directory);
    await deleteHost({ host: "web" }, admin, fleet);
    expect(hostsIn()).toEqual([]);
  });

  it("is told of when it changes, and is not known while a record is not believed", async () => {
    await join("web");
    await eventually(() => directoryChanges > 0, { what: "the join to be told" });
    const before = directoryChanges;
    const raw = store.hosts.specs.bucket;
    const entry = await raw.read("spec.web");
    await raw.put("spec.web", Buffer.from("forged"));
    await eventually(() => fleet.directory() === undefined, { what: "the forgery" });
    expect(directoryChanges).toBe(before + 1);
    await raw.put("spec.web", entry?.value ?? Buffer.alloc(0));
    await eventually(() => fleet.directory() !== undefined, { what: "the record to be back" });
    expect(directoryChanges).toBe(before + 2);
  });
});

const reportNewest = (
  host = "web",
  state: HostReport__Output["state"] = "HOST_STATE_IN_SYNC",
  appliedCuts: HostReport__Output["appliedCuts"] = null,
) => {
  const bundle = fleet.bundle(host);
  const { receive } = sessions.open(host, { send: () => undefined, end: () => undefined });
  receive({
    hello: null,
    reply: null,
    report: {
      state,
      conditions: [],
      observedEpoch: bundle?.epoch ?? 0,
      observedGeneration: bundle?.generation ?? 0,
      revision: fleet.rollouts.assigned(host) ?? 0,
      inventory: {
        ...{ networks: [], containers: [], interfaces: [], addresses: [] },
        ...{ engine: null, management: [], ownPorts: [], awaitedPorts: [] },
      },
      limits: [],
      counters: [],
      versions: null,
      entries: [],
      rulesetDigest: "ab",
      bundleDigest: bundle?.digest ?? "",
      accepted: null,
      drifts: [],
      appliedCuts,
      connections: null,
      policies: [],
      observedAtMs: 0,
    },
  });
};

describe("no host is called InSync by what it reported before a write", () => {
  const stateOf = async () => (await hostDocuments(fleet))[0]?.status;
  const untilCurrent = () =>
    eventually(async () => (await fleet.knownHosts())[0]?.known.bundle === "current", {
      what: "its bundle",
    });
  it("neither after apply, nor after label, until its next bundle is there and reported", async () => {
    work = lead();
    await join("web");
    await untilCurrent();
    reportNewest();
    expect((await stateOf())?.state).toBe("InSync");
    for (let i = 0; i < 20; i++) {
      if (i % 2 === 0) await apply(policy(i % 4 === 0 ? "prod" : "x"), admin, fleet, { ports: [] });
      else await label("web", { env: i % 4 === 1 ? "x" : "prod" });
      expect((await stateOf())?.state).toBe("Applying");
      await untilCurrent();
      reportNewest();
      expect((await stateOf())?.state).toBe("InSync");
    }
  });
});

describe("a rollout", () => {
  const strategy = {
    name: "s.yaml",
    content:
      "{apiVersion: seawall/v1, kind: RolloutStrategy, metadata: {name: default}, spec: {waves: [{name: canary, hostSelector: {matchLabels: {canary: 'true'}}}]}}",
  };
  const revisions = () => ["a", "b"].map((name) => fleet.rollouts.assigned(name));
  const areOn = async (...wanted: readonly number[]) =>
    await eventually(() => revisions().join() === wanted.join(), {
      what: `hosts a and b to be on revisions ${wanted.join()}`,
    });
  /** Reports what its bundle is, once it is the one of this revision. */
  const reports = async (
    host: string,
    state?: HostReport__Output["state"],
    cuts?: HostReport__Output["appliedCuts"],
  ) => {
    await eventually(
      async () =>
        (await fleet.knownHosts()).find((one) => one.host.name === host)?.known.bundle ===
        "current",
      { what: `the bundle of ${host}` },
    );
    reportNewest(host, state, cuts);
  };
  const phase = () => fleet.rollouts.record()?.latest?.end?.phase;

  beforeEach(async () => {
    work = lead();
    for (const name of ["a", "b"]) await join(name);
    await label("a", { canary: "true" });
    const { files, ...rest } = policy("prod");
    await apply({ files: [...files, strategy], ...rest }, admin, fleet, { ports: [] });
    // Nobody is there yet who could show that it is good.
    await eventually(() => fleet.rollouts.record()?.latest?.target === 1, { what: "the rollout" });
    for (const name of ["a", "b"]) await reports(name);
    await areOn(1, 0);
    await reports("a");
    await areOn(1, 1);
    await reports("b");
    await eventually(() => phase() === "Completed", { what: "the first revision" });
  });

  it("that has to be confirmed is put back where nobody does", async () => {
    await apply({ ...policy("test"), confirmWithinMs: 1_000 }, admin, fleet, { ports: [] });
    await eventually(() => phase() === "RolledBack", { what: "it to be put back" });
    expect(fleet.rollouts.record()?.latest).toMatchObject({
      ...{ target: 2, from: 1, end: { reason: "NotConfirmed" } },
    });
    await areOn(1, 1);
  });

  it("that is confirmed stays", async () => {
    await apply({ ...policy("test"), confirmWithinMs: 300_000 }, admin, fleet, { ports: [] });
    const latest = () => fleet.rollouts.record()?.latest;
    await eventually(() => latest()?.target === 2, { what: "the rollout" });
    expect((latest()?.confirmByMs ?? 0) - (latest()?.beganMs ?? 0)).toBe(300_000);
    await changeNewestRollout({ action: "confirm", revision: 2 }, admin, fleet);
    expect(latest()?.confirmByMs).toBeUndefined();
    await areOn(2, 1);
  });

  it("that is overtaken before it begins leaves it to the next one when it has to be confirmed", async () => {
    await work?.stop();
    await apply({ ...policy("test"), confirmWithinMs: 300_000 }, admin, fleet, { ports: [] });
    await apply({ ...policy("x"), confirmWithinMs: 3_600_000 }, admin, fleet, { ports: [] });
    work = lead();
    const latest = () => fleet.rollouts.record()?.latest;
    await eventually(() => latest()?.target === 3, { what: "the rollout" });
    expect((latest()?.confirmByMs ?? 0) - (latest()?.beganMs ?? 0)).toBe(300_000);
    await apply(policy("y"), admin, fleet, { ports: [] });
    expect((await store.revisions.newest())?.confirmWithinMs).toBe(300_000);
  });

  it("does not take a host for away that was not heard of yet, whatever the clock was set to", async () => {
    await work?.stop();
    await store.hosts.putStatus("c", Buffer.from("{}"));
    await join("c");
    await apply(policy("test"), admin, fleet, { ports: [] });
    aheadMs = 3_600_000;
    const situation = await fleet.rollouts.situation(fleet.rollouts.record() ?? noRollouts);
    expect(situation?.hosts.find(({ name }) => name === "c")?.health).toEqual({ kind: "unknown" });
  });

  it("moves one wave at a time, whoever leads, and ends on the new revision", async () => {
    await apply(policy("test"), admin, fleet, { ports: [] });
    await areOn(2, 1);
    expect((await fleet.knownHosts()).map(({ known }) => known.newerRevision)).toEqual([0, 2]);
    await work?.stop();
    await reports("b");
    expect((await hostDocuments(fleet)).map(({ status }) => status.state)).toEqual([
      "Applying",
      "InSync",
    ]);
    work = lead();
    await reports("a");
    await areOn(2, 2);
    await reports("b");
    await eventually(() => phase() === "Completed", { what: "the rollout to end" });
    expect(fleet.currentRevision()).toBe(2);
  });

  it("asks hosts that were given the revision what it has cut, where it has that gate, and nobody who went back", async () => {
    const { files, ...rest } = policy("test");
    const gated = {
      ...strategy,
      content: strategy.content.replace("{waves", "{gates: [NewDrops], waves"),
    };
    await apply({ files: [...files, gated], ...rest }, admin, fleet, { ports: [] });
    await areOn(2, 1);
    const none = { epoch: store.epoch, cut: 0, unannounced: 0, announced: false, first: [] };
    await reports("a", "HOST_STATE_IN_SYNC", { ...none, revision: 2 });
    await areOn(2, 2);
    await reports("b");
    await eventually(() => phase() === "RolledBack", { what: "the rollout to be put back" });
    expect(fleet.rollouts.record()?.latest?.end?.message).toMatch(/^b DropsNotTold: /);
    for (const name of ["a", "b"]) await reports(name);
    expect((await hostDocuments(fleet)).map(({ status }) => status.state)).toEqual([
      "InSync",
      "InSync",
    ]);
  });

  it("asks hosts on a revision with that gate what it has cut when a newer one has taken its place, too", async () => {
    const gated = {
      ...strategy,
      content: strategy.content.replace("{waves", "{gates: [NewDrops], waves"),
    };
    const { files, ...rest } = policy("test");
    await apply({ files: [...files, gated], ...rest }, admin, fleet, { ports: [] });
    await areOn(2, 1);
    // It says the same to host a, which is not given it.
    const other = {
      name: "q.yaml",
      content: files[0]?.content.replace("name: p", "name: q") ?? "",
    };
    const toOther = { ...other, content: other.content.replace("env: test", "env: other") };
    await apply({ files: [toOther], ...rest }, admin, fleet, { ports: [] });
    const waiting = () => fleet.rollouts.record()?.latest?.waves.at(-1)?.waiting;
    await eventually(() => waiting()?.join() === "b", { what: "b to wait for a" });
    const cuts = { epoch: store.epoch, cut: 1, unannounced: 1, announced: false, first: [] };
    await reports("a", "HOST_STATE_IN_SYNC", { ...cuts, revision: 2 });
    // It goes back, and makes room for the next host.
    await areOn(1, 3);
    expect(fleet.rollouts.record()?.earlier).toEqual([]);
  });

  it("is put back where its first wave fails, and goes no further", async () => {
    await apply(policy("test"), admin, fleet, { ports: [] });
    await areOn(2, 1);
    await reports("a", "HOST_STATE_FAILED");
    await eventually(() => phase() === "RolledBack", { what: "the rollout to be put back" });
    expect(revisions()).toEqual([1, 1]);
    await reports("a");
    expect((await hostDocuments(fleet)).map(({ status }) => status.state)).toEqual([
      "InSync",
      "InSync",
    ]);
    expect(fleet.currentRevision()).toBe(1);
  });
});
