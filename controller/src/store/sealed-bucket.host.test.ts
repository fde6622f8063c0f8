import { buckets } from "@seawall/proto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSigningKeyPem, loadSigningKey } from "../identity/signing-key.ts";
import type { NatsConnection } from "../nats/connect.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { type TestController, testController } from "../testing/test-store.ts";
import { Bucket } from "./bucket.ts";
import { ensureBuckets } from "./buckets.ts";
import { HighWater } from "./high-water.ts";
import { SealedBucket } from "./sealed-bucket.ts";
import { sealRecord } from "./sealed-record.ts";

interface Fruit {
  readonly fruit: string;
}
const schema: z.ZodType<Fruit> = z.strictObject({ fruit: z.string() });

let nats: TestNats;
let connection: NatsConnection;
let raw: Bucket;
let controller: TestController;
let key = 0;
beforeAll(async () => {
  nats = await startTestNats();
  connection = await nats.controller();
  await ensureBuckets(connection, { replicas: 1 });
  raw = new Bucket(connection, buckets.hosts);
});
afterAll(() => nats.stop());
beforeEach(async () => {
  controller = await testController();
  key += 1;
  return () => controller.remove();
});

/** As a controller sees the bucket after a start: with what is in its state directory, and no more. */
async function open(of: TestController, epoch = 1): Promise<SealedBucket<Fruit>> {
  const highWater = await HighWater.open(of.stateDirectory);
  if (!highWater.ok) throw new Error(highWater.message);
  const { signingKey } = of;
  const trusted = new Map([[signingKey.keyId, signingKey.publicKey]]);
  return new SealedBucket({
    bucket: raw,
    prefix: "spec.",
    type: "host",
    schema,
    sealer: { key: signingKey, trusted, epoch },
    highWater: highWater.value,
  });
}
const name = () => `h${String(key)}`;
const stored = async () => {
  const entry = await raw.read(`spec.${name()}`);
  if (entry === undefined) throw new Error("nothing stored");
  return entry;
};
const put = (value: Buffer) => raw.put(`spec.${name()}`, value);

describe("writing", () => {
  it("lets exactly one of many writers win, at a create and at an update", async () => {
    const records = await Promise.all(Array.from({ length: 6 }, () => open(controller)));
    for (let round = 0; round < 30; round++) {
      const place = `race-${String(key)}-${String(round)}`;
      const creates = await Promise.all(
        records.map((each, i) => each.create(place, { fruit: `apple ${String(i)}` })),
      );
      expect(creates.filter(({ kind }) => kind === "written")).toHaveLength(1);
      const [first] = records;
      const current = await first?.find(place);
      if (current === undefined) throw new Error("nobody won");
      const updates = await Promise.all(
        records.map((each, i) => each.update(current, { fruit: `pear ${String(i)}` })),
      );
      expect(updates.filter(({ kind }) => kind === "written")).toHaveLength(1);
    }
  });

  it("goes on with the version over a deletion", async () => {
    const records = await open(controller);
    const created = await records.create(name(), { fruit: "apple" });
    if (created.kind !== "written") throw new Error(created.kind);
    await records.delete(created.record, 1_000);
    expect(await records.read(name())).toMatchObject({
      kind: "deleted",
      deletedAtMs: 1_000,
      record: { body: { fruit: "apple" }, version: 2 },
    });
    expect(await records.find(name())).toBeUndefined();
    expect(await records.create(name(), { fruit: "pear" })).toMatchObject({
      kind: "written",
      record: { version: 3 },
    });
  });

  it("refuses an update of what somebody else has updated", async () => {
    const records = await open(controller);
    const created = await records.create(name(), { fruit: "apple" });
    if (created.kind !== "written") throw new Error(created.kind);
    await records.update(created.record, { fruit: "pear" });
    expect(await records.update(created.record, { fruit: "plum" })).toEqual({ kind: "conflict" });
    expect(await records.delete(created.record, 0)).toEqual({ kind: "conflict" });
    expect((await records.find(name()))?.body.fruit).toBe("pear");
  });
});

/** Whoever holds the bus can write any bytes to any key. None of them may be believed. */
describe("a store in the wrong hands", () => {
  const place = { bucket: buckets.hosts, type: "host" } as const;

  async function appleThenPear(): Promise<{ readonly apple: Buffer; readonly pear: Buffer }> {
    const records = await open(controller);
    const created = await records.create(name(), { fruit: "apple" });
    if (created.kind !== "written") throw new Error(created.kind);
    const apple = (await stored()).value;
    await records.update(created.record, { fruit: "pear" });
    return { apple, pear: (await stored()).value };
  }

  const foreign = () => {
    const signingKey = loadSigningKey(createSigningKeyPem());
    const sealer = { key: signingKey, trusted: new Map(), epoch: 1 };
    const content = { version: 9, body: { fruit: "poison" } };
    return sealRecord(sealer, { ...place, key: `spec.${name()}` }, content).bytes;
  };
  const ours = (bucket: string, at: string, body: unknown, type: "host" | "token" = "host") => {
    const sealer = { key: controller.signingKey, trusted: new Map(), epoch: 1 };
    return sealRecord(sealer, { bucket, key: at, type }, { version: 9, body }).bytes;
  };
  const changed = (pear: Buffer) => {
    const envelope = z.looseObject({ payload: z.string() }).parse(JSON.parse(pear.toString()));
    const text = Buffer.from(envelope.payload, "base64").toString().replace("pear", "plum");
    const payload = Buffer.from(text).toString("base64");
    return Buffer.from(JSON.stringify({ ...envelope, payload }));
  };
  const poison = { fruit: "poison" };

  it.each([
    ["plain bytes", () => Buffer.from("poison"), "NotOurs"],
    ["nothing", () => Buffer.alloc(0), "NotOurs"],
    ["another key's seal", foreign, "NotOurs"],
    ["a changed content", ({ pear }: { pear: Buffer }) => changed(pear), "NotOurs"],
    ["our seal of another kind", () => ours("hosts", `spec.${name()}`, poison, "token"), "NotOurs"],
    ["our record of another key", () => ours("hosts", "spec.other", poison), "Moved"],
    ["our record of another bucket", () => ours("meta", `spec.${name()}`, poison), "Moved"],
    ["our older record", ({ apple }: { apple: Buffer }) => apple, "RolledBack"],
    ["our record with other fields", () => ours("hosts", `spec.${name()}`, { a: 1 }), "Unreadable"],
  ] as const)("is noticed: %s", async (_what, make, reason) => {
    const before = await appleThenPear();
    await put(make(before));
    // By the controller that runs, and by one that was down while it happened.
    const records = await open(controller);
    expect(await records.read(name())).toMatchObject({ kind: "tampered", reason });
    expect((await records.list()).get(name())).toMatchObject({ kind: "tampered", reason });
    await expect(records.find(name())).rejects.toMatchObject({ tampered: { reason } });
    await expect(records.create(name(), poison)).rejects.toMatchObject({ tampered: { reason } });
  });

  it("is noticed: a record that lost its race, put over the winner", async () => {
    const place = `spec.${name()}`;
    await (await open(controller)).create(name(), { fruit: "apple" });
    const sealer = { key: controller.signingKey, trusted: new Map(), epoch: 1 };
    const loser = { version: 1, body: { fruit: "loser" } };
    await put(sealRecord(sealer, { bucket: buckets.hosts, key: place, type: "host" }, loser).bytes);
    expect(await (await open(controller)).read(name())).toMatchObject({ reason: "RolledBack" });
  });

  it.each([
    ["removed together with its past", () => raw.purge(`spec.${name()}`), "Missing"],
    [
      "deleted without our seal",
      async () => raw.remove(`spec.${name()}`, (await stored()).sequence),
      "Missing",
    ],
    [
      "erased, so that its past shows",
      async () => raw.erase((await stored()).sequence),
      "RolledBack",
    ],
  ])("is noticed: a record that was %s", async (_what, destroy, reason) => {
    await appleThenPear();
    await destroy();
    const records = await open(controller);
    expect(await records.read(name())).toMatchObject({ kind: "tampered", reason });
    expect((await records.list()).get(name())).toMatchObject({ kind: "tampered", reason });
  });

  it("is noticed: a deleted record that comes back", async () => {
    const { pear } = await appleThenPear();
    const records = await open(controller);
    const current = await records.find(name());
    if (current === undefined) throw new Error("not there");
    await records.delete(current, 0);
    await put(pear);
    expect(await (await open(controller)).read(name())).toMatchObject({ reason: "RolledBack" });
  });

  it("is noticed: a record of another epoch of the store", async () => {
    await appleThenPear();
    const records = await open(await controller.another(), 2);
    expect(await records.read(name())).toMatchObject({ kind: "tampered", reason: "OtherEpoch" });
  });

  it("does not lead to false alarms: reads beside writes are all believed", async () => {
    const records = await open(controller);
    const created = await records.create(name(), { fruit: "0" });
    if (created.kind !== "written") throw new Error(created.kind);
    let current = created.record;
    let isWriting = true;
    const readers = Array.from({ length: 8 }, async () => {
      const kinds = new Set<string>();
      while (isWriting) kinds.add((await records.read(name())).kind);
      return kinds;
    });
    for (let i = 1; i <= 50; i++) {
      const written = await records.update(current, { fruit: String(i) });
      if (written.kind !== "written") throw new Error(written.kind);
      current = written.record;
    }
    isWriting = false;
    for (const kinds of await Promise.all(readers)) expect([...kinds]).toEqual(["found"]);
  });
});
