import { buckets } from "@seawall/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstUser } from "../first-user.ts";
import type { NatsConnection } from "../nats/connect.ts";
import { pushAccounts } from "../nats/push-accounts.ts";
import { connectTestAgent } from "../testing/test-agent.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { type TestController, testController } from "../testing/test-store.ts";
import { Bucket } from "./bucket.ts";
import type { HostSpec } from "./hosts.ts";
import type { Store } from "./open-store.ts";

let nats: TestNats;
let connection: NatsConnection;
let controller: TestController;
let store: Store;
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

function spec(name: string, natsPublicKey = `U-${name}`): Omit<HostSpec, "revoked"> {
  return {
    name,
    uid: "1",
    mode: "Enforce",
    options: {},
    keyFingerprint: "f",
    natsPublicKey,
    tokenId: "0".repeat(16),
    labels: { env: "prod" },
    addresses: ["192.0.2.7/32"],
    enrolledAt: "2030-01-01T00:00:00Z",
  };
}

async function remove(name: string, nowMs: number): Promise<void> {
  const record = await store.hosts.find(name);
  if (record === undefined) throw new Error(`no host ${name}`);
  expect((await store.hosts.delete(record, nowMs)).kind).toBe("written");
}

describe("users", () => {
  it("are made once and revoked; the first one does not come back, another of the name may", async () => {
    const admin = firstUser("admin", "one key", new Date("2030-01-01T00:00:00Z"));
    const again = { ...admin, keyFingerprint: "another key" };
    await store.users.createFirst(admin);
    await store.users.createFirst(again);
    expect(await store.users.create(again)).toBe(false);
    expect(await store.users.find("admin")).toEqual(admin);
    expect(await store.users.delete("admin", Date.now())).toBe(true);
    await store.users.createFirst(admin);
    expect(await store.users.find("admin")).toBeUndefined();
    expect(await store.users.create(again)).toBe(true);
    expect(await store.users.list()).toEqual([again]);
  });

  it("are not made by who can only write to the store", async () => {
    const user = firstUser("eve", "a key", new Date("2030-01-01T00:00:00Z"));
    await new Bucket(connection, buckets.meta).put("user.eve", Buffer.from(JSON.stringify(user)));
    await expect(store.users.find("eve")).rejects.toThrow("meta/user.eve is not believed");
    expect(await store.users.list()).not.toContainEqual(user);
  });
});

describe("hosts", () => {
  it("are created once, changed by who has read them last, and deleted", async () => {
    expect((await store.hosts.create(spec("web"))).kind).toBe("written");
    expect(await store.hosts.create(spec("web"))).toEqual({ kind: "conflict" });
    const record = await store.hosts.find("web");
    if (record === undefined) throw new Error("not found");
    await store.hosts.update(record, { ...record.body, labels: { env: "dev" } });
    expect((await store.hosts.find("web"))?.body.labels).toEqual({ env: "dev" });
    await remove("web", Date.now());
    expect(await store.hosts.find("web")).toBeUndefined();
  });

  it("have a status that is written only when it changed", async () => {
    expect(await store.hosts.putStatus("db", Buffer.from("1"))).toBe(true);
    expect(await store.hosts.putStatus("db", Buffer.from("1"))).toBe(false);
    const restarted = await controller.store(connection);
    expect(await restarted.hosts.putStatus("db", Buffer.from("1"))).toBe(false);
    expect(await restarted.hosts.putStatus("db", Buffer.from("2"))).toBe(true);
    expect((await restarted.hosts.readStatus("db"))?.toString()).toBe("2");
    await restarted.hosts.removeStatus("db");
    expect(await restarted.hosts.readStatus("db")).toBeUndefined();
    expect((await store.hosts.list()).has("db")).toBe(false);
  });
});

describe("revocations", () => {
  const nowMs = Date.now();
  const until = Math.floor(nowMs / 1000) + 2;
  const keys = async (at = nowMs) => {
    const revocations = [...(await store.hosts.revocations(at))];
    return revocations.filter(([key]) => key.startsWith("U-r"));
  };

  it("follow from deleted hosts, over a restart and a new host of the same name", async () => {
    await store.hosts.create(spec("r1"));
    expect(await keys()).toEqual([]);
    await remove("r1", nowMs);
    expect(await keys()).toEqual([["U-r1", until]]);
    store = await controller.store(connection);
    expect(await keys()).toEqual([["U-r1", until]]);
    await store.hosts.create(spec("r1", "U-r1-new"));
    expect(await keys()).toEqual([["U-r1", until]]);
    await remove("r1", nowMs);
    expect((await keys()).sort()).toEqual([
      ["U-r1", until],
      ["U-r1-new", until],
    ]);
  });

  it("end when no credentials from before can be valid any more", async () => {
    expect(await keys(nowMs + 24 * 3_600_000)).not.toEqual([]);
    expect(await keys(nowMs + 26 * 3_600_000)).toEqual([]);
  });

  it("let a host that joins again with its old key in, and its old credentials not", async () => {
    const agent = await connectTestAgent(nats, "again");
    await store.hosts.create(spec("again", agent.publicKey));
    await remove("again", Date.now());
    const system = await nats.system();
    await pushAccounts(system, nats.keys, await store.hosts.revocations(Date.now()));
    await agent.nats.closed();
    expect((await store.hosts.create(spec("again", agent.publicKey))).kind).toBe("written");
    await pushAccounts(system, nats.keys, await store.hosts.revocations(Date.now()));
    await expect(agent.reconnect()).rejects.toThrow(/authorization/i);
    await (await agent.renew()).close();
  });
});
