import { buckets } from "@seawall/proto";
import { DiscardPolicy, StorageType } from "nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NatsConnection } from "../nats/connect.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { Bucket } from "./bucket.ts";
import { ensureBuckets } from "./buckets.ts";

let nats: TestNats;
let connection: NatsConnection;
beforeAll(async () => {
  nats = await startTestNats();
  connection = await nats.controller();
  await ensureBuckets(connection, { replicas: 1 });
});
afterAll(() => nats.stop());

describe("ensureBuckets", () => {
  it("makes every bucket of the contract, each with a limit, and rings bells without content", async () => {
    const manager = await connection.jetstreamManager();
    for (const name of Object.values(buckets)) {
      const { config } = await manager.streams.info(`KV_${name}`);
      expect(config).toMatchObject({
        subjects: [`$KV.${name}.>`],
        discard: DiscardPolicy.New,
        storage: StorageType.File,
        allow_direct: true,
        republish: { headers_only: true },
      });
      expect(config.max_bytes).toBeGreaterThan(0);
    }
    const desired = await manager.streams.info("KV_desired");
    expect(desired.config.max_msgs_per_subject).toBe(1);
    expect(desired.config.republish).toMatchObject({
      src: "$KV.desired.*",
      dest: "bell.{{wildcard(1)}}",
    });
  });

  it("puts back a setting that somebody has changed, and keeps what is stored", async () => {
    const manager = await connection.jetstreamManager();
    const desired = new Bucket(connection, "desired");
    await desired.put("a", Buffer.from("1"));
    const republish = { src: "$KV.desired.*", dest: "elsewhere.{{wildcard(1)}}" };
    await manager.streams.update("KV_desired", { republish });
    await ensureBuckets(connection, { replicas: 1 });
    const { config } = await manager.streams.info("KV_desired");
    expect(config.republish?.dest).toBe("bell.{{wildcard(1)}}");
    expect((await desired.read("a"))?.value.toString()).toBe("1");
  });
});

describe("a bucket", () => {
  it("refuses a key that could be a wildcard", async () => {
    const bucket = new Bucket(connection, "desired");
    for (const key of ["*", ">", "a..b", ".a", "a b", "a.*"]) {
      await expect(bucket.put(key, Buffer.from("x"))).rejects.toThrow("not a key");
    }
  });

  it("lists keys by prefix, more than fit one answer", async () => {
    const bucket = new Bucket(connection, "meta");
    const keys = Array.from({ length: 300 }, (_, i) => `token.${String(i)}`);
    await Promise.all(keys.map((key) => bucket.put(key, Buffer.from("x"))));
    await bucket.put("other", Buffer.from("x"));
    expect((await bucket.keys("token.>")).toSorted()).toEqual(keys.toSorted());
    expect(await bucket.keys("nothing.>")).toEqual([]);
  });

  it("says that the store is full, and goes on when there is room", async () => {
    const manager = await connection.jetstreamManager();
    await manager.streams.update("KV_meta", { max_bytes: 30_000 });
    const bucket = new Bucket(connection, "meta");
    await bucket.write("large", Buffer.alloc(1_000), 0);
    const write = bucket.write("larger", Buffer.alloc(25_000), 0);
    await expect(write).rejects.toMatchObject({ name: "StoreError", code: "Full" });
    await ensureBuckets(connection, { replicas: 1 });
    expect((await bucket.write("larger", Buffer.alloc(25_000), 0)).kind).toBe("written");
  });
});
