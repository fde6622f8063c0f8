import { bellSubject, desiredGetSubject, inboxPrefix } from "@seawall/proto";
import type { NatsConnection } from "nats";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../store/open-store.ts";
import { connectTestAgent, type TestAgent } from "../testing/test-agent.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { type TestController, testController } from "../testing/test-store.ts";

const SECRET_OF_B = "what only b may know";

/** Host a is in the hands of somebody who knows NATS and speaks it freely. */
describe("a host and another host's bundle", () => {
  let nats: TestNats;
  let controller: TestController;
  let store: Store;
  let a: TestAgent;
  let b: TestAgent;
  let received: string[];

  beforeAll(async () => {
    nats = await startTestNats();
    controller = await testController();
    store = await controller.store(await nats.controller());
    await store.desired.put("a", Buffer.from("bundle of a"), 0);
    await store.desired.put("b", Buffer.from(SECRET_OF_B), 0);
    a = await connectTestAgent(nats, "a");
    b = await connectTestAgent(nats, "b");
    received = [];
    for (const own of [`${inboxPrefix("a")}.>`, bellSubject("a")]) collect(a.nats, own);
  });
  afterAll(async () => {
    await Promise.all([a.nats.close(), b.nats.close()]);
    await nats.stop();
    await controller.remove();
  });
  beforeEach(() => {
    received.length = 0;
  });

  function collect(connection: NatsConnection, subject: string): void {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) received.push(message.string());
      },
    });
  }

  /** Both servers' sides have handled what was sent when each connection had an answer. */
  async function settled(): Promise<void> {
    await a.nats.flush();
    await b.nats.flush();
    // An answer that is stored goes through JetStream's own queue: one more write after it.
    await store.desired.put("settled", Buffer.from("x"), (await sequenceOf("settled")) ?? 0);
    await a.nats.flush();
  }
  const sequenceOf = async (host: string) => (await store.desired.read(host))?.sequence;

  async function expectBUntouched(): Promise<void> {
    expect((await store.desired.read("b"))?.bytes.toString()).toBe(SECRET_OF_B);
    expect(received.join("\n")).not.toContain(SECRET_OF_B);
  }

  it("reads its own bundle, and hears its own bell only", async () => {
    const bells: string[] = [];
    a.nats.subscribe(bellSubject("a"), { callback: (_, { subject }) => bells.push(subject) });
    await a.nats.flush();
    await store.desired.put("a", Buffer.from("bundle 2 of a"), (await sequenceOf("a")) ?? 0);
    await store.desired.put("b", Buffer.from(SECRET_OF_B), (await sequenceOf("b")) ?? 0);
    const answer = await a.nats.request(desiredGetSubject("a"), "", { timeout: 20_000 });
    expect(answer.string()).toBe("bundle 2 of a");
    await settled();
    expect(bells).toEqual(["bell.a"]);
  });

  const get = "$JS.API.DIRECT.GET.KV_desired";
  it.each([
    ["b's bundle", "desired.get.b", ""],
    ["any bundle", "desired.get.*", ""],
    ["b's bundle by the store's own subject", `${get}.$KV.desired.b`, ""],
    ["b's bundle by a body", get, '{"last_by_subj":"$KV.desired.b"}'],
    [
      "a message of the stream",
      "$JS.API.STREAM.MSG.GET.KV_desired",
      '{"last_by_subj":"$KV.desired.b"}',
    ],
    ["the stream's keys", "$JS.API.STREAM.INFO.KV_desired", '{"subjects_filter":">"}'],
    ["the hosts' specs", "$JS.API.STREAM.MSG.GET.KV_hosts", '{"last_by_subj":"$KV.hosts.spec.b"}'],
    [
      "a consumer that delivers to it",
      "$JS.API.CONSUMER.CREATE.KV_desired",
      '{"stream_name":"KV_desired","config":{"deliver_subject":"_INBOX.a.x","deliver_policy":"all","ack_policy":"none"}}',
    ],
    [
      "a consumer that delivers to b's bell",
      "$JS.API.CONSUMER.CREATE.KV_desired.c.$KV.desired.a",
      '{"stream_name":"KV_desired","config":{"deliver_subject":"bell.b"}}',
    ],
    ["a purge", "$JS.API.STREAM.PURGE.KV_desired", ""],
    ["a removal of the stream", "$JS.API.STREAM.DELETE.KV_desired", ""],
    ["a stream of its own", "$JS.API.STREAM.CREATE.mine", '{"name":"mine","subjects":["bell.>"]}'],
    ["a new bundle for itself", "$KV.desired.a", "forged"],
    ["a new bundle for b", "$KV.desired.b", "forged"],
    ["a ring of b's bell", "bell.b", ""],
    ["a ring of its own bell", "bell.a", ""],
    ["a message to b's inbox", "_INBOX.b.x", "forged"],
    ["a changed account", "$SYS.REQ.CLAIMS.UPDATE", "forged"],
    ["a controllers' hint", "changed.hosts.spec.a", ""],
  ])("is not given %s", async (_what, subject, body) => {
    a.nats.publish(subject, body, { reply: "_INBOX.a.answer" });
    await settled();
    expect(a.denied).toContain(subject);
    expect(received).toEqual([]);
    await expectBUntouched();
  });

  it.each([
    "bell.b",
    "bell.*",
    "bell.>",
    "desired.get.b",
    "desired.get.*",
    "$KV.desired.b",
    "$KV.>",
    "_INBOX.>",
    "_INBOX.b.>",
    ">",
    "*",
    "*.*",
    "$SYS.>",
    "changed.>",
  ])("cannot listen to %s", async (subject) => {
    collect(a.nats, subject);
    await a.nats.flush();

    await store.desired.put("b", Buffer.from(SECRET_OF_B), (await sequenceOf("b")) ?? 0);
    await b.nats.request(desiredGetSubject("b"), "", { timeout: 20_000 });

    await settled();

    expect(a.denied).toContain(subject);
    await expectBUntouched();
  });

  it.each([
    '{"last_by_subj":"$KV.desired.b"}',
    '{"seq":2}',
    '{"next_by_subj":"$KV.desired.b","seq":1}',
    '{"multi_last":["$KV.desired.b"]}',
  ])("cannot ask for b's with its own request and the body %s", async (body) => {
    a.nats.publish(desiredGetSubject("a"), body, { reply: "_INBOX.a.answer" });
    await settled();
    await expectBUntouched();
  });

  it.each([
    ["b's key", "$KV.desired.b"],
    ["b's revision", "$KV.hosts.spec.b"],
    ["the store's subject in its own account", "desired.get.b"],
  ])("cannot make the server write its answer to %s", async (_what, reply) => {
    const before = await sequenceOf("b");
    for (let i = 0; i < 20; i++) a.nats.publish(desiredGetSubject("a"), "", { reply });
    // Answered after those above.
    await a.nats.request(desiredGetSubject("a"), "", { timeout: 20_000 });
    await settled();
    expect(await sequenceOf("b")).toBe(before);
    await expectBUntouched();
  });

  it.each(["bell.b", "_INBOX.b.x"])(
    "can aim its own answer at %s, which is why b believes signatures only",
    async (reply) => {
      const heard: string[] = [];
      b.nats.subscribe(reply, { callback: (_, message) => heard.push(message.string()) });
      await b.nats.flush();
      a.nats.publish(desiredGetSubject("a"), "", { reply });
      await settled();
      await b.nats.flush();
      // Whatever b hears, it is a's own bundle: signed for a.
      for (const text of heard) expect(text).toBe("bundle 2 of a");
      await expectBUntouched();
    },
  );
});
