import { viewOfNetworks } from "@seawall/policy";
import type { FlowReport } from "@seawall/proto";
import { beforeEach, expect, test } from "vitest";
import type { RuleCount } from "./core/counters.ts";
import type { Failure } from "./core/failure.ts";
import type { LoggedPacket } from "./core/flow-table.ts";
import type { Status } from "./core/status.ts";
import type { Clock, FlowListener, FlowLog } from "./ports.ts";
import { createWatchFlows } from "./watch-flows.ts";

const status: Status = {
  ...{ state: "InSync", conditions: [], observed: { epoch: 1, generation: 1, revision: 1 } },
  accepted: { epoch: 1, generation: 1, revision: 1 },
  ...{ view: viewOfNetworks([]), limits: [], counters: [] },
  versions: {
    agent: "1",
    docker: "26",
    iptables: "1.8.9",
    nft: "",
    backend: "iptables-nft",
    kernel: "6.1",
  },
  ...{ entries: [], rulesetDigest: "d", drifts: [], policies: [], observedAtMs: 1 },
  connections: { cut: 0, cutAtMs: 0, notJudged: { connections: 0, example: "" } },
};
const counted = (packets: number): RuleCount => ({
  ...{ family: "IPv4", policy: "p", rule: "r", direction: "ingress", network: "shop" },
  ...{ packets, bytes: 0, logged: "deny p/r" },
});
const packet: LoggedPacket = {
  ...{ prefix: "deny p/r", in: "eth0", out: "br-shop", atMs: 1 },
  header: { protocol: "TCP", source: "203.0.113.9", destination: "10.1.0.2", port: 80 },
};

/** A second passes when the test says so. */
let seconds: (() => void)[];
const clock: Clock = {
  now: () => 0,
  moment: () => ({ boot: "test", ms: 0 }),
  random: () => 0,
  sleep: (_, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => {
        resolve();
      });
      seconds.push(resolve);
    }),
};
const settled = () => new Promise((resolve) => setImmediate(resolve));
async function second() {
  await settled();
  for (const pass of seconds.splice(0)) pass();
  await settled();
}

let listener: FlowListener | undefined;
let isListening: boolean;
let fail: (failure: Failure) => void;
const flowLog: FlowLog = {
  obstacle: () => Promise.resolve(undefined),
  listen: async (heard, signal) => {
    listener = heard;
    isListening = true;
    const failure = await new Promise<Failure | undefined>((resolve) => {
      fail = resolve;
      signal.addEventListener("abort", () => {
        resolve(undefined);
      });
    });
    isListening = false;
    return failure;
  },
};

let packets: number;
let told: FlowReport[];
let deadline: AbortController;
let cancelled: AbortController;
beforeEach(() => {
  seconds = [];
  listener = undefined;
  isListening = false;
  packets = 100;
  told = [];
  deadline = new AbortController();
  cancelled = new AbortController();
});

function watch(observed: Partial<Status> = {}, tell?: (report: FlowReport) => Promise<void>) {
  return createWatchFlows({
    flowLog,
    clock,
    observe: () => Promise.resolve({ ...status, counters: [counted(packets)], ...observed }),
  })(
    { denied: false, audited: false },
    tell ??
      ((report) => {
        told.push(report);
        return Promise.resolve();
      }),
    { deadline: deadline.signal, cancelled: cancelled.signal },
  );
}

test("from when it hears to the deadline, and then what was on its way", async () => {
  const ended = watch();
  await settled();
  expect(told).toEqual([]);
  listener?.hearing();
  await settled();
  expect(told).toEqual([{ flows: [], leftOut: 0 }]);
  listener?.packets([packet, packet]);
  await second();
  expect(told[1]).toMatchObject({ flows: [{ policy: "p", rule: "r", packets: 2 }] });
  packets = 110;
  deadline.abort();
  await settled();
  listener?.packets([packet]);
  await second();
  expect(await ended).toBeUndefined();
  expect(told.slice(2)).toMatchObject([{ flows: [{ packets: 1 }], leftOut: 7, last: true }]);
  expect(isListening).toBe(false);
});

test("nothing more once it is cancelled", async () => {
  const ended = watch();
  await settled();
  listener?.hearing();
  await settled();
  listener?.packets([packet]);
  cancelled.abort();
  expect(await ended).toBeUndefined();
  expect(told).toHaveLength(1);
  expect(isListening).toBe(false);
});

test("why it cannot hear, at the beginning and later", async () => {
  const failure: Failure = { class: "wait", reason: "LogGroupTaken", message: "taken" };
  const first = watch();
  await settled();
  fail(failure);
  expect(await first).toEqual(failure);
  const second = watch();
  await settled();
  listener?.hearing();
  await settled();
  fail(failure);
  expect(await second).toEqual(failure);
});

test("a host that says it cannot tell is not listened to", async () => {
  const untold = { type: "FlowsNotTold", reason: "NflogMissing", message: "no NFLOG", sinceMs: 1 };
  expect(await watch({ conditions: [untold] })).toMatchObject({
    reason: "NflogMissing",
    message: "no NFLOG",
  });
  expect(listener).toBeUndefined();
});

test("while a report is on its way, what happens is added up", async () => {
  let arrived: () => void = () => undefined;
  const slow = (report: FlowReport) => {
    told.push(report);
    return new Promise<void>((resolve) => {
      arrived = resolve;
    });
  };
  const ended = watch({}, slow);
  await settled();
  listener?.hearing();
  await settled();
  for (let n = 0; n < 3; n++) {
    listener?.packets([packet]);
    await second();
  }
  expect(told).toHaveLength(1);
  arrived();
  await second();
  expect(told[1]).toMatchObject({ flows: [{ packets: 3 }] });
  cancelled.abort();
  await ended;
});
