import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deleteHost } from "./api/host-writes.ts";
import type { FleetEvent } from "./core/fleet-event.ts";
import { duplicate } from "./core/testing/duplicate.ts";
import type { Revocation } from "./nats/operator.ts";
import { type RunningFleet, startFleet } from "./start-fleet.ts";
import type { Store } from "./store/open-store.ts";
import { storedEnrolments } from "./stored-enrolments.ts";
import { admin } from "./testing/callers.ts";
import { enrolledHost } from "./testing/memory-fleet.ts";
import { startTestNats, type TestNats } from "./testing/test-nats.ts";
import { type TestController, testController } from "./testing/test-store.ts";

let nats: TestNats;
let controller: TestController;
const running: RunningFleet[] = [];
/** What happened, in this order. */
let happened: string[];
let revoke: (more: readonly Revocation[], by: string) => Promise<void>;
let record: (event: FleetEvent) => Promise<void>;

beforeEach(async () => {
  nats = await startTestNats();
  controller = await testController();
  happened = [];
  revoke = (more, by) => {
    happened.push(`${by} revoked ${more.map(([key]) => key).join()}`);
    return Promise.resolve();
  };
  record = ({ kind, by, about }) => {
    happened.push(`told ${kind} ${by} ${about}`);
    return Promise.resolve();
  };
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((fleet) => fleet.stop()));
  await nats.stop();
  await controller.remove();
});

/** One of perhaps several controllers of the fleet. */
async function start(instanceId: string, store: Store): Promise<RunningFleet> {
  const one = startFleet({
    ...{ instanceId, store, signingKey: controller.signingKey },
    revoke: (more) => revoke(more, instanceId),
    events: { append: () => Promise.resolve(), appendOnce: () => Promise.resolve() },
    recorder: { record: (event) => record(event) },
    clock: { now: () => Date.now(), monotonicNow: () => performance.now() },
    log: pino({ level: "silent" }),
  });
  running.push(one);
  await one.synced(new AbortController().signal);
  return one;
}

async function startWithHost(...others: readonly string[]): Promise<RunningFleet> {
  const store = await controller.store(await nats.controller());
  const one = await start("one", store);
  const { fleet } = one;
  const enrolments = storedEnrolments(store.hosts, (host, at) => fleet.untilSeen(host, at));
  for (const name of ["web", ...others]) await enrolments.create(enrolledHost(name));
  happened.splice(0);
  return one;
}

function openStream({ sessions }: RunningFleet, where: string): void {
  const end = (code: string, message: string) => happened.push(`${where}: ${code} ${message}`);
  sessions.open("web", { send: () => undefined, end });
}

const within = { timeout: 30_000 };
const told = "told HostDeleted user/admin host/web";
const revoked = "one revoked user of web";
const cut = "stream: PERMISSION_DENIED host web was deleted";

test("a deleted host is cut off and revoked before its deletion is told, and told of before the answer", async () => {
  const one = await startWithHost();
  openStream(one, "stream");
  let tell = (): void => undefined;
  const written = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const atOnce = record;
  record = async (event) => {
    await atOnce(event);
    await written;
  };
  const deletion = deleteHost({ host: "web" }, admin, one.fleet).then(() =>
    happened.push("answered"),
  );
  await expect.poll(() => happened, within).toContain(told);
  expect(happened.slice(0, happened.indexOf(told))).toEqual(expect.arrayContaining([cut, revoked]));
  expect(happened).not.toContain("answered");
  tell();
  await deletion;
  expect(happened.at(-1)).toBe("answered");
});

test("where the bus does not take a revocation, who deletes is told, and can repeat it; the event is written", async () => {
  const one = await startWithHost();
  openStream(one, "stream");
  const works = revoke;
  revoke = () => Promise.reject(new Error("nats-server is away"));
  const again = {
    reason: "NotInForce",
    message:
      "host web is deleted, and refused at its next call, but nats-server has not taken its revocation yet; " +
      "the controller goes on trying. To know: seawall delete host web",
  };
  await expect(deleteHost({ host: "web" }, admin, one.fleet)).rejects.toMatchObject(again);
  expect(happened).toEqual(expect.arrayContaining([cut, told]));
  await expect(deleteHost({ host: "web" }, admin, one.fleet)).rejects.toMatchObject(again);
  revoke = works;
  happened.splice(0);
  expect(await deleteHost({ host: "web" }, admin, one.fleet)).toEqual({});
  expect(happened).toEqual([revoked]);
});

test("a host that never was is not found, and nobody is revoked", async () => {
  const { fleet } = await startWithHost();
  for (const host of ["wbe", "web 1", "*", ""]) {
    await expect(deleteHost({ host }, admin, fleet)).rejects.toMatchObject({
      ...{ reason: "NotFound", message: `host "${host}" not found` },
    });
  }
  expect(happened).toEqual([]);
});

test("what a controller does not hear of by itself is in force and told, and an error all the same", async () => {
  const one = await startWithHost("db");
  openStream(one, "stream");
  one.fleet.stop();
  const unheard = /was written, but not read back in 5000 ms/;
  await Promise.all([
    expect(deleteHost({ host: "web" }, admin, one.fleet)).rejects.toThrow(unheard),
    expect(one.fleet.quarantine("db", duplicate)).rejects.toThrow(unheard),
  ]);
  const quarantined = "told HostQuarantined controller host/db";
  expect(happened.toSorted()).toEqual([revoked, cut, told, quarantined].toSorted());
});

test("another controller that has the host's stream ends it, and puts the revocation in force too", async () => {
  const one = await startWithHost();
  const other = await start(
    "other",
    await (await controller.another()).store(await nats.controller()),
  );
  openStream(other, "stream");
  happened.splice(0);
  await deleteHost({ host: "web" }, admin, one.fleet);
  await expect.poll(() => happened, within).toContain(cut);
  // One that had pushed what it knew before may have undone it.
  await expect.poll(() => happened, within).toContain("other revoked user of web");
});
