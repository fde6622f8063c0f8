import type {
  AgentMessage__Output,
  ControllerMessage,
  HostReport__Output,
  Reply__Output,
} from "@seawall/proto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AgentSessions, type AgentStream } from "./agent-sessions.ts";

class RecordedStream implements AgentStream {
  readonly sent: ControllerMessage[] = [];
  readonly ended: string[] = [];
  send(message: ControllerMessage) {
    this.sent.push(message);
  }
  end(code: string) {
    this.ended.push(code);
  }
}

const report: HostReport__Output = {
  state: "HOST_STATE_IN_SYNC",
  conditions: [],
  observedEpoch: 1,
  observedGeneration: 1,
  revision: 1,
  inventory: {
    ...{ networks: [], containers: [], interfaces: ["eth0"], addresses: [] },
    ...{ engine: null, management: [], ownPorts: [], awaitedPorts: [] },
  },
  limits: [],
  counters: [],
  versions: null,
  entries: [],
  rulesetDigest: "ab",
  bundleDigest: "",
  accepted: null,
  drifts: [],
  appliedCuts: null,
  connections: null,
  policies: [],
  observedAtMs: 0,
};
const message = (part: Partial<AgentMessage__Output>): AgentMessage__Output => ({
  hello: null,
  report: null,
  reply: null,
  ...part,
});

const reply = (id: number, part: Partial<Reply__Output>) =>
  message({
    reply: { id, observe: null, flows: null, preview: null, announce: null, error: null, ...part },
  });
const observed = (id: number, observe: HostReport__Output) => reply(id, { observe });

let reported: string[];
let sessions: AgentSessions;
beforeEach(() => {
  vi.useFakeTimers();
  reported = [];
  sessions = new AgentSessions(
    () => 0,
    (host) => reported.push(host),
  );
});
afterEach(() => {
  // Nobody is waited for who will never answer.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("a host that is asked answers with its kernel's rules", async () => {
  const stream = new RecordedStream();
  const session = sessions.open("web", stream);
  const asked = sessions.observe("web", 5_000);
  expect(stream.sent).toMatchObject([{ request: { id: 1, deadlineMs: 5_000 } }]);
  session.receive(observed(1, report));
  expect(await asked).toEqual({ ok: true, report });
  expect(sessions.report("web")).toMatchObject({ report });
});

test("one that does not answer is told to stop, and not waited for", async () => {
  const stream = new RecordedStream();
  sessions.open("web", stream);
  const asked = sessions.observe("web", 5_000);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await asked).toMatchObject({ ok: false, reason: "DeadlineExceeded" });
  expect(stream.sent).toMatchObject([{}, { cancel: { id: 1 } }]);
});

test("what is announced to a host is kept there once it says so", async () => {
  const stream = new RecordedStream();
  const session = sessions.open("web", stream);
  const announced = { preview: "p1", before: "ab" };
  const first = sessions.announce("web", announced, 5_000);
  expect(stream.sent).toMatchObject([{ request: { id: 1, announce: announced } }]);
  session.receive(reply(1, { announce: {} }));
  expect(await first).toBeUndefined();
  const second = sessions.announce("web", announced, 5_000);
  const error = { code: "FAILED_PRECONDITION", reason: "PreviewForgotten", message: "gone" };
  session.receive(reply(2, { error }));
  expect(await second).toEqual({ reason: "PreviewForgotten", message: "gone" });
  expect(await sessions.announce("db", announced, 5_000)).toMatchObject({ reason: "NotConnected" });
});

test.for<{ name: string; end: () => void; code: string | undefined }>([
  {
    name: "deleted",
    end: () => {
      sessions.drop("web", "gone");
    },
    code: "PERMISSION_DENIED",
  },
  {
    name: "stopped with the controller",
    end: () => {
      sessions.endAll();
    },
    code: "UNAVAILABLE",
  },
  {
    name: "replaced by a newer stream",
    end: () => void sessions.open("web", new RecordedStream()),
    code: "ABORTED",
  },
])(
  "a stream that is $name settles what was asked of it at once and counts no more",
  async (end) => {
    const stream = new RecordedStream();
    const session = sessions.open("web", stream);
    const asked = sessions.observe("web", 5_000);
    end.end();
    expect(await asked).toMatchObject({ ok: false, reason: "Disconnected" });
    expect(stream.ended).toEqual([end.code]);
    session.receive(message({ report }));
    expect(reported).toEqual([]);
    const isReplaced = sessions.isConnected("web");
    session.closed();
    expect(sessions.isConnected("web")).toBe(isReplaced);
  },
);

test("a host that left by itself keeps its last report, a deleted one does not", () => {
  const session = sessions.open("web", new RecordedStream());
  session.receive(message({ report }));
  session.closed();
  expect(sessions.isConnected("web")).toBe(false);
  expect(sessions.report("web")).toBeDefined();
  sessions.drop("web", "gone");
  expect(sessions.report("web")).toBeUndefined();
});

test("a report without an inventory has that of the last one of its stream that had it", () => {
  const session = sessions.open("web", new RecordedStream());
  const later = { ...report, inventory: null, rulesetDigest: "cd" };
  session.receive(message({ report }));
  session.receive(message({ report: later }));
  expect(sessions.report("web")?.report).toEqual({ ...later, inventory: report.inventory });
});

test("an answer brings an inventory too, and is completed by one", async () => {
  const session = sessions.open("web", new RecordedStream());
  const [first, second] = [sessions.observe("web", 5_000), sessions.observe("web", 5_000)];
  session.receive(observed(1, report));
  session.receive(observed(2, { ...report, inventory: null }));
  expect(await first).toEqual({ ok: true, report });
  expect(await second).toEqual({ ok: true, report });
});

test("before there is any on a new stream, a report counts for nothing", async () => {
  sessions.open("web", new RecordedStream()).receive(message({ report }));
  const session = sessions.open("web", new RecordedStream());
  const bare = { ...report, inventory: null, rulesetDigest: "cd" };
  session.receive(message({ report: bare }));
  expect(reported).toEqual(["web"]);
  expect(sessions.report("web")?.report.rulesetDigest).toBe("ab");
  const asked = sessions.observe("web", 5_000);
  session.receive(observed(1, bare));
  expect(await asked).toEqual({
    ok: false,
    reason: "Refused",
    message: "the report has no inventory",
  });
});

test.for([
  {
    error: { code: "INTERNAL", message: "broken", reason: "" },
    why: { reason: "Refused", message: "INTERNAL: broken" },
  },
  {
    error: { code: "FAILED_PRECONDITION", message: "install it", reason: "TcpdumpMissing" },
    why: { reason: "TcpdumpMissing", message: "install it" },
  },
])("an error is an answer: $why.reason", async ({ error, why }) => {
  const session = sessions.open("web", new RecordedStream());
  const asked = sessions.observe("web", 5_000);
  session.receive(reply(1, { error }));
  expect(await asked).toEqual({ ok: false, ...why });
});

describe("a preview", () => {
  const preview = { inventory: null, cut: 2, connections: [], notJudged: 0, id: "p1" };
  let stream: RecordedStream;
  let session: ReturnType<AgentSessions["open"]>;
  beforeEach(() => {
    stream = new RecordedStream();
    session = sessions.open("web", stream);
  });
  const wanted = { envelope: Buffer.from("sealed"), announceable: true };
  const ask = () => sessions.preview("web", wanted, 5_000);

  test("is asked for with the sealed bytes, and is what comes back", async () => {
    const asked = ask();
    const sent = { id: 1, deadlineMs: 5_000, preview: wanted };
    expect(stream.sent).toEqual([{ request: sent }]);
    session.receive(reply(1, { preview }));
    expect(await asked).toEqual({ ok: true, report: preview });
  });

  test("says nothing of the host that counts as its report", async () => {
    const asked = ask();
    session.receive(reply(1, { preview }));
    await asked;
    expect(sessions.report("web")).toBeUndefined();
  });

  test("is not there of an agent that does not know it, in time, or at all", async () => {
    const asked = [ask(), ask(), ask()];
    const error = { code: "UNIMPLEMENTED", message: "upgrade it", reason: "" };
    session.receive(reply(1, { error }));
    session.receive(reply(2, {}));
    await vi.advanceTimersByTimeAsync(5_000);
    session.closed();
    const said = await Promise.all([...asked, ask()]);
    expect(said.map((one) => (one.ok ? "" : one.reason))).toEqual([
      ...["Refused", "Refused", "DeadlineExceeded", "NotConnected"],
    ]);
  });
});

describe("flows", () => {
  const request = { denied: true, audited: false, forMs: 5_000 };
  const flows = { flows: [], leftOut: 3, last: false };
  let stream: RecordedStream;
  let session: ReturnType<AgentSessions["open"]>;
  let told: unknown[];
  let stop: () => void;
  const ask = () => {
    stop = sessions.flows("web", request, {
      told: (report) => told.push(report.leftOut),
      ended: (why) => told.push(why?.reason ?? "over"),
    });
  };
  beforeEach(() => {
    stream = new RecordedStream();
    session = sessions.open("web", stream);
    told = [];
    ask();
  });

  test("are told of in as many replies as there are", () => {
    expect(stream.sent).toEqual([
      { request: { id: 1, deadlineMs: 5_000, flows: { denied: true, audited: false } } },
    ]);
    session.receive(reply(1, { flows }));
    session.receive(reply(1, { flows: { ...flows, leftOut: 4, last: true } }));
    session.receive(reply(1, { flows }));
    expect(told).toEqual([3, 4, "over"]);
    stop();
    expect(stream.sent).toHaveLength(1);
  });

  test("are told of no more once nobody wants to know", () => {
    stop();
    session.receive(reply(1, { flows }));
    expect(told).toEqual([]);
    expect(stream.sent.at(-1)).toEqual({ cancel: { id: 1 } });
  });

  test("have their time, and ten seconds more", async () => {
    await vi.advanceTimersByTimeAsync(14_999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(["DeadlineExceeded"]);
    expect(stream.sent.at(-1)).toEqual({ cancel: { id: 1 } });
  });

  test("end with the stream, and where there is none", () => {
    session.closed();
    ask();
    expect(told).toEqual(["Disconnected", "NotConnected"]);
  });
});
