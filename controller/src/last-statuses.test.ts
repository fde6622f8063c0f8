import type { HostReport__Output } from "@seawall/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LastStatuses } from "./last-statuses.ts";

let stored: Map<string, string>;
let writes: number;
let failures: number;
let tellFailures: number;
let generation: number | undefined;
let told: string[];
let drifts: HostReport__Output["drifts"];
const hosts = {
  readStatus: (host: string) => {
    const text = stored.get(host);
    return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
  },
  putStatus: (host: string, status: Buffer) => {
    if (failures-- > 0) return Promise.reject(new Error("away"));
    if (stored.get(host) === status.toString()) return Promise.resolve(false);
    stored.set(host, status.toString());
    writes += 1;
    return Promise.resolve(true);
  },
};
const report = (): HostReport__Output | undefined =>
  generation === undefined
    ? undefined
    : {
        state: "HOST_STATE_IN_SYNC",
        conditions: [],
        observedEpoch: 1,
        observedGeneration: generation,
        revision: 1,
        inventory: {
          ...{ networks: [], containers: [], interfaces: [], addresses: [] },
          ...{ engine: null, management: [], ownPorts: [], awaitedPorts: [] },
        },
        limits: [],
        counters: [],
        versions: null,
        entries: [],
        rulesetDigest: "",
        bundleDigest: "",
        accepted: null,
        drifts,
        appliedCuts: null,
        connections: null,
        policies: [],
        observedAtMs: 0,
      };
const lastStatuses = () =>
  new LastStatuses({
    hosts,
    report,
    tell: (event) => {
      if (tellFailures-- > 0) return Promise.reject(new Error("away"));
      told.push(`${event.kind} ${event.message}`);
      return Promise.resolve();
    },
    monotonicNow: () => Date.now(),
    random: () => 0,
    onError: () => undefined,
  });

beforeEach(() => {
  vi.useFakeTimers();
  stored = new Map();
  told = [];
  drifts = [];
  tellFailures = 0;
  writes = 0;
  failures = 0;
  generation = 1;
});
afterEach(() => {
  vi.useRealTimers();
});

test("a host that changes its mind all the time costs a write a second, the last one wins", async () => {
  const statuses = lastStatuses();
  for (let i = 1; i <= 100; i++) {
    generation = i;
    statuses.reported("web");
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(writes).toBeLessThanOrEqual(2);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(stored.get("web")).toContain('"observedGeneration":100');
  expect(writes).toBeLessThanOrEqual(3);
});

test("the same again costs none, a failed write is made up for", async () => {
  const statuses = lastStatuses();
  failures = 2;
  statuses.reported("web");
  await vi.advanceTimersByTimeAsync(5_000);
  statuses.reported("web");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(writes).toBe(1);
});

test("nothing is written for a host that was deleted meanwhile", async () => {
  const statuses = lastStatuses();
  generation = undefined;
  statuses.reported("web");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(writes).toBe(0);
});

test("who reported before this controller started is told from who never did", async () => {
  stored.set("old", "{}");
  const statuses = lastStatuses();
  expect(await statuses.hasEverReported("old")).toBe(true);
  expect(await statuses.hasEverReported("new")).toBe(false);
  statuses.reported("new");
  expect(await statuses.hasEverReported("new")).toBe(true);
  await statuses.stop();
});

const drift = {
  ...{ detectedMs: 5, repairedMs: 0, family: "IPv4", what: "1 rule removed", times: 1 },
  suspects: [],
};
const found = "DriftFound IPv4: 1 rule removed";
const repaired = "DriftRepaired IPv4: 1 rule removed";

test("what a report tells that the one before did not is told once, over a restart too", async () => {
  drifts = [drift];
  const statuses = lastStatuses();
  statuses.reported("web");
  await vi.advanceTimersByTimeAsync(2_000);
  statuses.reported("web");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toEqual([found]);
  await statuses.stop();
  const restarted = lastStatuses();
  restarted.reported("web");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toEqual([found]);
  drifts = [{ ...drift, repairedMs: 6 }];
  restarted.reported("web");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toEqual([found, repaired]);
});

test("an event that cannot be written is told again", async () => {
  drifts = [drift];
  tellFailures = 2;
  lastStatuses().reported("web");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual([found]);
  expect(stored.get("web")).toContain('"repaired":false');
});

test.for(["junk", "{}", '{"facts": 7}'])("a stored status that says nothing: %s", async (text) => {
  stored.set("web", text);
  drifts = [drift];
  lastStatuses().reported("web");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toEqual([found]);
});
