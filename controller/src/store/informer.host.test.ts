import { eventually } from "@seawall/lab";
import { buckets } from "@seawall/proto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noRollouts } from "../core/rollout-record.ts";
import type { NatsConnection } from "../nats/connect.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { type TestController, testController } from "../testing/test-store.ts";
import { Bucket } from "./bucket.ts";
import { ensureBuckets } from "./buckets.ts";
import type { StoredBundle } from "./desired.ts";
import { Informer } from "./informer.ts";
import { desiredSource, sealedSource } from "./informer-sources.ts";
import type { Store } from "./open-store.ts";

describe("an informer", () => {
  let nats: TestNats;
  let connection: NatsConnection;
  let controller: TestController;
  let store: Store;
  let informer: Informer<StoredBundle>;
  let errors: unknown[];
  beforeAll(async () => {
    nats = await startTestNats();
    connection = await nats.controller();
    controller = await testController();
    store = await controller.store(connection);
  });
  afterAll(async () => {
    await nats.stop();
    await controller.remove();
  });
  beforeEach(async () => {
    errors = [];
    await Promise.all((await store.desired.hosts()).map((host) => store.desired.purge(host)));
    informer = polling(300);
  });
  afterEach(() => {
    informer.stop();
  });

  const polling = (pollMs: number, relistMs?: number) =>
    new Informer({
      source: desiredSource(store.desired),
      onError: (error) => errors.push(error),
      pollMs,
      ...(relistMs !== undefined && { relistMs }),
    });
  const held = () =>
    Object.fromEntries([...informer.entries()].map(([key, { bytes }]) => [key, bytes.toString()]));
  const holds = (expected: Readonly<Record<string, string>>) =>
    eventually(() => JSON.stringify(held()) === JSON.stringify(expected), {
      what: `the informer to hold ${JSON.stringify(expected)}`,
    });
  const put = async (host: string, text: string) => {
    const before = await store.desired.read(host);
    const written = await store.desired.put(host, Buffer.from(text), before?.sequence ?? 0);
    expect(written.kind).toBe("written");
  };
  const start = async () => {
    informer.start();
    await eventually(() => informer.hasSynced, { what: "the first list" });
  };

  it("has synced once everything that was there is listed", async () => {
    await put("a", "1");
    await put("b", "1");
    expect(informer.hasSynced).toBe(false);
    await start();
    expect(held()).toEqual({ a: "1", b: "1" });
  });

  it("tells which key changed, without having to ask, and once", async () => {
    // It asks by itself only long after the test has ended.
    informer = polling(600_000);
    await put("a", "1");
    await start();
    const told: string[][] = [];
    informer.onChange((keys) => told.push([...keys]));
    await put("b", "1");
    await holds({ a: "1", b: "1" });
    await put("a", "2");
    await holds({ a: "2", b: "1" });
    expect(told).toEqual([["b"], ["a"]]);
  });

  it("goes on after the server was killed, with what was written meanwhile", async () => {
    await put("a", "1");
    await start();
    nats.crash();
    await put("a", "2");
    await put("b", "1");
    await holds({ a: "2", b: "1" });
    // It answers a moment before who started it knows that it does.
    await eventually(() => nats.server.state.kind === "running", { what: "the new server" });
    nats.crash();
    await put("a", "3");
    await holds({ a: "3", b: "1" });
  });

  it("notices a bucket that was replaced by a new one with lower sequences", async () => {
    for (const text of ["1", "2", "3", "4"]) await put("a", text);
    await put("gone", "1");
    await start();
    const manager = await connection.jetstreamManager();
    await manager.streams.delete(`KV_${buckets.desired}`);
    await ensureBuckets(connection, { replicas: 1 });
    await put("a", "new");
    await holds({ a: "new" });
  });

  it("notices at the next full list what came without a hint", async () => {
    informer = polling(100, 500);
    await put("a", "1");
    await put("b", "1");
    await start();
    await store.desired.purge("b");
    await holds({ a: "1" });
  });

  it("shows a record that somebody forged as such, and the right one again after it", async () => {
    const rollouts = new Informer({
      source: sealedSource(store.rollouts.rollouts),
      onError: (error) => errors.push(error),
    });
    rollouts.start();
    await eventually(() => rollouts.hasSynced, { what: "the first list" });
    await store.rollouts.write(noRollouts, undefined);
    await eventually(() => rollouts.get("current")?.kind === "found", { what: "the rollout" });
    await new Bucket(connection, buckets.rollouts).put("current", Buffer.from("forged"));
    await eventually(() => rollouts.get("current")?.kind === "tampered", { what: "the forgery" });
    rollouts.stop();
  });
});
