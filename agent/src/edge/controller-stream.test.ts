import { status } from "@grpc/grpc-js";
import { viewOfNetworks } from "@seawall/policy";
import type { AgentMessage__Output, HostReport__Output } from "@seawall/proto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inventoryOf } from "../core/host-report.ts";
import type { Status } from "../core/status.ts";
import type { AnnounceBundle, Clock, PreviewBundle, WatchFlows } from "../ports.ts";
import { TestController, type TestStream, testNatsJwt } from "../testing/test-controller.ts";
import { makeHostKeys, publicKeysOf } from "./certificate-request.ts";
import { ControllerStream, reconnectDelayMs } from "./controller-stream.ts";
import type { AgentIdentity } from "./identity-store.ts";
import { certificatePem } from "./pem.ts";
import { systemClock } from "./system-clock.ts";

/** Real time, but no jitter: reconnects at once, beats at 0.7 of what was asked. */
const clock: Clock = { ...systemClock, random: () => 0 };
const log = { info: () => undefined, warn: vi.fn(), error: () => undefined };

const initial: Status = {
  state: "InSync",
  conditions: [],
  observed: { epoch: 1, generation: 1, revision: 1 },
  accepted: { epoch: 1, generation: 1, revision: 1 },
  view: viewOfNetworks([]),
  limits: [],
  counters: [],
  versions: {
    ...{ agent: "1", docker: "26", iptables: "1.8.9", nft: "" },
    ...{ backend: "iptables-nft", kernel: "6.1" },
  },
  entries: [],
  rulesetDigest: "d1",
  drifts: [],
  connections: { cut: 0, cutAtMs: 0, notJudged: { connections: 0, example: "" } },
  policies: [],
  observedAtMs: 1,
};

let controller: TestController;
let identity: AgentIdentity;
let stop: AbortController;
let running: Promise<void>;
let stream: ControllerStream;
let observe: (signal: AbortSignal) => Promise<Status>;
let watchFlows: WatchFlows;
let previewBundle: PreviewBundle;
let announceBundle: AnnounceBundle;
let messages: AgentMessage__Output[];
let streams: TestStream[];

beforeEach(async () => {
  controller = await TestController.start();
  identity = await newIdentity();
  observe = () => Promise.resolve(initial);
  watchFlows = () => Promise.reject(new Error("nobody asks for flows here"));
  previewBundle = () => Promise.reject(new Error("nobody asks for a preview here"));
  announceBundle = () => Promise.reject(new Error("nobody announces anything here"));
  messages = [];
  streams = [];
  log.warn.mockClear();
  controller.onStream = (opened) => {
    streams.push(opened);
    opened.on("data", (message: AgentMessage__Output) => messages.push(message));
    opened.write({ welcome: { heartbeatSeconds: 60 } });
  };
  stop = new AbortController();
  stream = new ControllerStream({
    identity: () => identity,
    hello: { agentVersion: "1", bootId: "b", instanceId: "i" },
    observe: (signal) => observe(signal),
    watchFlows: (...asked) => watchFlows(...asked),
    previewBundle: (...asked) => previewBundle(...asked),
    announceBundle: (...asked) => announceBundle(...asked),
    clock,
    log,
  });
});

afterEach(async () => {
  stop.abort();
  await running;
  controller.stop();
});

async function newIdentity(): Promise<AgentIdentity> {
  const keys = makeHostKeys();
  const { csrDer } = await publicKeysOf(keys);
  return {
    ...keys,
    format: 1,
    host: "web-1",
    controllerAddress: controller.mainAddress,
    natsUrl: "127.0.0.1:7422",
    caPem: controller.ca.pem,
    certificatePem: certificatePem(await controller.ca.host("web-1", csrDer)),
    natsJwt: testNatsJwt(),
    signingKeysPem: [],
  };
}

function run() {
  running = stream.run(stop.signal);
}

const reports = () =>
  messages.flatMap(({ report }): HostReport__Output[] => (report ? [report] : []));
const replies = () => messages.flatMap(({ reply }) => (reply ? [reply] : []));
const until = (condition: () => boolean) =>
  vi.waitFor(
    () => {
      expect(condition()).toBe(true);
    },
    { timeout: 60_000, interval: 10 },
  );
const current = (): TestStream => {
  const last = streams.at(-1);
  if (last === undefined) throw new Error("no stream");
  return last;
};

describe("reports", () => {
  it("come after the hello, and after the welcome", async () => {
    stream.report(initial);
    run();
    await until(() => messages.length >= 2);
    expect(messages.map(({ kind }) => kind)).toEqual(["hello", "report"]);
    expect(messages[0]).toMatchObject({ hello: { bootId: "b", instanceId: "i" } });
    expect(reports()[0]).toMatchObject({ state: "HOST_STATE_IN_SYNC", observedGeneration: 1 });
    expect(stream.isConnected).toBe(true);
  });

  it("are not sent before the welcome", async () => {
    controller.onStream = (opened) => {
      streams.push(opened);
      opened.on("data", (message: AgentMessage__Output) => messages.push(message));
    };
    stream.report(initial);
    run();
    await until(() => messages.length >= 1);
    expect(stream.isConnected).toBe(false);
    current().write({ welcome: { heartbeatSeconds: 60 } });
    await until(() => reports().length === 1);
  });

  it("are of the newest status; what it overtakes is never sent", async () => {
    run();
    await until(() => stream.isConnected);
    for (let generation = 2; generation <= 500; generation++) {
      stream.report({ ...initial, observed: { epoch: 1, generation, revision: 1 } });
    }
    await until(() => reports().at(-1)?.observedGeneration === 500);
    expect(reports().length).toBeLessThan(500);
    const generations = reports().map((report) => report.observedGeneration);
    expect(generations).toEqual([...generations].sort((one, other) => one - other));
  });

  it("of nothing but new counts wait for the next beat", async () => {
    stream.report(initial);
    run();
    await until(() => reports().length === 1);
    stream.report({ ...initial, observedAtMs: 2 });
    stream.report({ ...initial, rulesetDigest: "d2", observedAtMs: 3 });
    await until(() => reports().length === 2);
    expect(reports()[1]).toMatchObject({ rulesetDigest: "d2" });
  });

  it("have the inventory when it is new to the stream, and first on every stream", async () => {
    const inventories = () => reports().map(({ inventory }) => inventory?.interfaces);
    const withInterfaces = (interfaces: readonly string[], rulesetDigest: string): Status => ({
      ...initial,
      rulesetDigest,
      view: { ...initial.view, interfaces },
    });
    stream.report(withInterfaces(["eth0"], "d1"));
    run();
    await until(() => reports().length === 1);
    stream.report(withInterfaces(["eth0"], "d2"));
    await until(() => reports().length === 2);
    stream.report(withInterfaces(["eth1"], "d2"));
    await until(() => reports().length === 3);
    expect(inventories()).toEqual([["eth0"], undefined, ["eth1"]]);
    current().end();
    await until(() => reports().length === 4);
    expect(inventories()[3]).toEqual(["eth1"]);
  });

  it("that answer a request have part in that", async () => {
    stream.report(initial);
    run();
    await until(() => reports().length === 1);
    observe = () =>
      Promise.resolve({ ...initial, view: { ...initial.view, interfaces: ["eth1"] } });
    current().write({ request: { id: 1, deadlineMs: 60_000, observe: {} } });
    await until(() => replies().length === 1);
    stream.report({ ...initial, rulesetDigest: "d2" });
    await until(() => reports().length === 2);
    expect(replies()[0]?.observe?.inventory?.interfaces).toEqual(["eth1"]);
    expect(reports()[1]?.inventory?.interfaces).toEqual([]);
  });

  it("are repeated more often than the controller asks", async () => {
    controller.onStream = (opened) => {
      streams.push(opened);
      opened.on("data", (message: AgentMessage__Output) => messages.push(message));
      opened.write({ welcome: { heartbeatSeconds: 1 } });
    };
    stream.report(initial);
    run();
    await until(() => reports().length >= 3);
  });
});

describe("requests", () => {
  beforeEach(async () => {
    run();
    await until(() => stream.isConnected);
  });

  it("are answered with what is read now", async () => {
    observe = () => Promise.resolve({ ...initial, rulesetDigest: "now" });
    current().write({ request: { id: 7, deadlineMs: 60_000, observe: {} } });
    await until(() => replies().length === 1);
    expect(replies()[0]).toMatchObject({
      id: 7,
      result: "observe",
      observe: { rulesetDigest: "now" },
    });
  });

  it("end at their deadline", async () => {
    let seen: AbortSignal | undefined;
    observe = (signal) => {
      seen = signal;
      return new Promise(() => undefined);
    };
    current().write({ request: { id: 1, deadlineMs: 20, observe: {} } });
    await until(() => replies().length === 1);
    expect(replies()[0]).toMatchObject({ id: 1, error: { code: "DEADLINE_EXCEEDED" } });
    expect(seen?.aborted).toBe(true);
  });

  it("end when they are cancelled, and only those", async () => {
    const signals: AbortSignal[] = [];
    observe = (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    current().write({ request: { id: 1, deadlineMs: 60_000, observe: {} } });
    current().write({ request: { id: 2, deadlineMs: 60_000, observe: {} } });
    current().write({ cancel: { id: 1 } });
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([{ id: 1, error: { code: "CANCELLED" } }]);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  });

  it("that fail say so, and the stream goes on", async () => {
    observe = () => Promise.reject(new Error("iptables is gone"));
    current().write({ request: { id: 1, deadlineMs: 60_000, observe: {} } });
    await until(() => replies().length === 1);
    expect(replies()[0]).toMatchObject({
      error: { code: "INTERNAL", message: "iptables is gone" },
    });
    expect(stream.isConnected).toBe(true);
  });

  it("of an unknown kind are answered as such", async () => {
    current().write({ request: { id: 9, deadlineMs: 60_000 } });
    await until(() => replies().length === 1);
    expect(replies()[0]).toMatchObject({ id: 9, error: { code: "UNIMPLEMENTED" } });
  });

  it("are given up when the stream is gone", async () => {
    let seen: AbortSignal | undefined;
    observe = (signal) => {
      seen = signal;
      return new Promise(() => undefined);
    };
    current().write({ request: { id: 1, deadlineMs: 60_000, observe: {} } });
    await until(() => seen !== undefined);
    current().emit("error", { code: status.ABORTED, details: "replaced" });
    await until(() => seen?.aborted === true);
  });
});

describe("a request for a preview", () => {
  const ask = (id: number, deadlineMs = 60_000) => {
    current().write({
      request: { id, deadlineMs, preview: { envelope: Buffer.from("sealed"), announceable: true } },
    });
  };
  beforeEach(async () => {
    run();
    await until(() => stream.isConnected);
  });

  it("is answered with what the bundle would do", async () => {
    const report = { inventory: inventoryOf(initial.view), connections: [], notJudged: 0 };
    previewBundle = ({ envelope }) => Promise.resolve({ ...report, cut: envelope.length });
    ask(3);
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([{ id: 3, result: "preview", preview: { cut: 6 } }]);
  });

  it("that is announced then is answered once it is kept, or with why it is not", async () => {
    const asked: string[] = [];
    announceBundle = (...what) => {
      asked.push(what.join(" "));
      const failure = { class: "wait", reason: "StateNotWritable", message: "full" } as const;
      return Promise.resolve(what[0] === "p1" ? undefined : { kind: "failed", failure });
    };
    const digest = "d".repeat(64);
    const all = [
      ["p1", digest],
      ["p2", digest],
      ["p1", `${digest}d`],
    ] as const;
    for (const [id, [preview, before]] of all.entries()) {
      current().write({ request: { id, deadlineMs: 60_000, announce: { preview, before } } });
    }
    await until(() => replies().length === 3);
    expect(asked).toEqual([`p1 ${digest}`, `p2 ${digest}`]);
    expect(replies().toSorted((a, b) => a.id - b.id)).toMatchObject([
      { id: 0, result: "announce" },
      { id: 1, error: { code: "FAILED_PRECONDITION", reason: "StateNotWritable" } },
      { id: 2, error: { code: "FAILED_PRECONDITION", reason: "NoDigest" } },
    ]);
  });

  it("is answered with why it cannot be told, and in time", async () => {
    const missing = { class: "wait", reason: "ConntrackMissing", message: "not there" } as const;
    previewBundle = () => Promise.resolve({ kind: "failed", failure: missing });
    ask(3);
    await until(() => replies().length === 1);
    previewBundle = () => new Promise(() => undefined);
    ask(4, 20);
    await until(() => replies().length === 2);
    expect(replies()).toMatchObject([
      { id: 3, error: { code: "FAILED_PRECONDITION", reason: "ConntrackMissing" } },
      { id: 4, error: { code: "DEADLINE_EXCEEDED" } },
    ]);
  });

  it("is refused while two are being answered", async () => {
    previewBundle = () => new Promise(() => undefined);
    for (const id of [1, 2, 3]) ask(id);
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([{ id: 3, error: { reason: "TooManyAsking" } }]);
  });

  it("is refused while two go on that nobody waits for any more", async () => {
    const end: (() => void)[] = [];
    previewBundle = () =>
      new Promise((resolve) => {
        end.push(() => {
          resolve(undefined);
        });
      });
    for (const id of [1, 2]) ask(id, 20);
    await until(() => replies().length === 2);
    ask(3, 20);
    await until(() => replies().length === 3);
    end[0]?.();
    ask(4, 20);
    await until(() => replies().length === 4);
    expect(replies()).toMatchObject([
      { error: { code: "DEADLINE_EXCEEDED" } },
      { error: { code: "DEADLINE_EXCEEDED" } },
      { id: 3, error: { reason: "TooManyAsking" } },
      { id: 4, error: { code: "DEADLINE_EXCEEDED" } },
    ]);
  });
});

describe("a request for flows", () => {
  const filter = { denied: true, audited: false };
  const ask = (id: number, deadlineMs = 60_000) => {
    current().write({ request: { id, deadlineMs, flows: filter } });
  };
  const untilAborted = (signal: AbortSignal) =>
    new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => {
        resolve(undefined);
      });
    });
  beforeEach(async () => {
    run();
    await until(() => stream.isConnected);
  });

  it("is answered by as many reports as there are", async () => {
    let asked: unknown;
    watchFlows = async (what, tell) => {
      asked = what;
      await tell({ flows: [], leftOut: 0 });
      await tell({ flows: [{ policy: "p", packets: 3 }], leftOut: 7, last: true });
      return undefined;
    };
    ask(4);
    await until(() => replies().length === 2);
    expect(asked).toMatchObject(filter);
    expect(replies()).toMatchObject([
      { id: 4, result: "flows", flows: { flows: [], last: false } },
      { id: 4, flows: { flows: [{ policy: "p", packets: 3 }], leftOut: 7, last: true } },
    ]);
  });

  it("ends with the deadline, without a word of its own", async () => {
    watchFlows = async (_, tell, { deadline }) => {
      await untilAborted(deadline);
      await tell({ last: true });
      return undefined;
    };
    ask(4, 20);
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([{ id: 4, flows: { last: true } }]);
  });

  it("ends when it is cancelled, and only that one", async () => {
    const ended: boolean[] = [];
    watchFlows = async (_, _tell, { cancelled }) => {
      await untilAborted(cancelled);
      ended.push(true);
      return undefined;
    };
    ask(4);
    ask(5);
    current().write({ cancel: { id: 4 } });
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([{ id: 4, error: { code: "CANCELLED" } }]);
    expect(ended).toEqual([true]);
  });

  it("says why nothing can be heard", async () => {
    const message = "tcpdump is not installed here";
    watchFlows = () => Promise.resolve({ class: "wait", reason: "TcpdumpMissing", message });
    ask(4);
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([
      { id: 4, error: { code: "FAILED_PRECONDITION", reason: "TcpdumpMissing", message } },
    ]);
  });

  it("is refused while eight others look", async () => {
    watchFlows = (_, _tell, { cancelled }) => untilAborted(cancelled);
    for (let id = 1; id <= 9; id++) ask(id);
    await until(() => replies().length === 1);
    expect(replies()).toMatchObject([{ id: 9, error: { reason: "TooManyAsking" } }]);
    current().write({ cancel: { id: 1 } });
    await until(() => replies().length === 2);
    watchFlows = async (_, tell) => {
      await tell({ last: true });
      return undefined;
    };
    ask(10);
    await until(() => replies().length === 3);
    expect(replies()[2]).toMatchObject({ id: 10, flows: { last: true } });
  });

  it("is given up when the stream is gone", async () => {
    let seen: AbortSignal | undefined;
    watchFlows = (_, _tell, { cancelled }) => {
      seen = cancelled;
      return untilAborted(cancelled);
    };
    ask(4);
    await until(() => seen !== undefined);
    current().emit("error", { code: status.ABORTED, details: "replaced" });
    await until(() => seen?.aborted === true);
  });
});

describe("the connection", () => {
  it("is made again when a newer stream takes over, and says why it ended", async () => {
    run();
    await until(() => streams.length === 1 && stream.isConnected);
    current().emit("error", {
      code: status.ABORTED,
      details: "a newer stream of this host took over",
    });
    await until(() => streams.length === 2 && stream.isConnected);
    expect(log.warn).toHaveBeenCalledWith(
      expect.objectContaining({ code: "ABORTED", reason: "a newer stream of this host took over" }),
      expect.any(String),
    );
  });

  it("is made again when the controller ends it politely", async () => {
    run();
    await until(() => streams.length === 1);
    current().end();
    await until(() => streams.length === 2);
  });

  it("is made when the controller comes up, and again after its restart", async () => {
    const ports = { join: portOf(controller.joinAddress), main: portOf(controller.mainAddress) };
    controller.stop();
    stream.report(initial);
    run();
    await until(() => log.warn.mock.calls.length > 0);
    const { ca, onStream } = controller;
    controller = await TestController.start({ ca, ports });
    controller.onStream = onStream;
    await until(() => reports().length >= 1);
  });

  it("uses a renewed certificate from the next time on", async () => {
    run();
    await until(() => streams.length === 1);
    identity = { ...identity, ...(await newIdentity()) };
    current().end();
    await until(() => streams.length === 2);
    const [first, second] = controller.streamCertificates;
    expect(second).not.toBe(first);
  });

  it("ends with the agent", async () => {
    run();
    await until(() => stream.isConnected);
    const gone = new Promise((resolve) => current().once("cancelled", resolve));
    stop.abort();
    await running;
    await gone;
    expect(stream.isConnected).toBe(false);
  });
});

describe("reconnectDelayMs", () => {
  it.each([
    [1, 0.999, 1_998],
    [2, 0.999, 3_996],
    [20, 0.999, 29_970],
    [20, 0, 0],
  ])("after %d failures, random %d: %d ms", (failures, random, expected) => {
    expect(reconnectDelayMs(failures, random)).toBe(expected);
  });
});

function portOf(address: string): number {
  return Number(address.split(":").at(-1));
}
