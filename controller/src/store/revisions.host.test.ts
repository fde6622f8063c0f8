import type { Revision } from "@seawall/policy";
import { buckets, open } from "@seawall/proto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NatsConnection } from "../nats/connect.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { type TestController, testController } from "../testing/test-store.ts";
import { digestOf } from "./blobs.ts";
import { Bucket } from "./bucket.ts";
import type { Store } from "./open-store.ts";
import type { Commit, CommitRequest } from "./revision.ts";

let nats: TestNats;
let connection: NatsConnection;
let controller: TestController;
let store: Store;
beforeAll(async () => {
  nats = await startTestNats();
  connection = await nats.controller();
});
afterAll(() => nats.stop());
beforeEach(async () => {
  controller = await testController();
  const manager = await connection.jetstreamManager();
  for (const stream of await manager.streams.list().next()) {
    await manager.streams.delete(stream.config.name);
  }
  store = await controller.store(connection);
  return () => controller.remove();
});

const policies = (...texts: readonly string[]) =>
  new Map(texts.map((text, i) => [`FleetPolicy/p${String(i)}`, Buffer.from(text)] as const));

function request(parent: number, objects: CommitRequest["objects"]): CommitRequest {
  return { parent, author: "admin", message: "why", time: "2030-01-01T00:00:00Z", objects };
}

function committed(commit: Commit): Revision {
  if (commit.kind !== "committed") throw new Error(JSON.stringify(commit));
  return commit.revision;
}

describe("commit", () => {
  it("makes a revision that can be read back as a whole", async () => {
    expect(await store.revisions.newest()).toBeUndefined();
    const objects = policies("one", "two", "one");
    const revision = committed(await store.revisions.commit(request(0, objects)));
    expect(revision).toMatchObject({ number: 1, parent: 0, author: "admin", message: "why" });
    expect(revision.tree["FleetPolicy/p1"]).toBe(digestOf(Buffer.from("two")));
    expect(await store.revisions.newest()).toEqual(revision);
    expect(await store.revisions.read(1)).toEqual({ kind: "found", revision });
    expect(await store.revisions.resourcesOf(revision)).toEqual({ kind: "found", objects });
    expect(await store.revisions.read(2)).toEqual({ kind: "absent" });
  });

  it("names the digest of its parent's signed bytes, which are handed over as they are stored", async () => {
    for (const parent of [0, 1, 2]) {
      await store.revisions.commit(request(parent, policies(String(parent))));
    }
    const { keyId, publicKey } = controller.signingKey;
    const stored = await store.revisions.stored([1, 2, 3]);
    const digests = stored.map(({ sealed = Buffer.alloc(0) }) => {
      const opened = open("revision", sealed, new Map([[keyId, publicKey]]));
      return opened.ok ? digestOf(opened.payload) : opened.message;
    });
    const named = stored.map(({ read }) => read.kind === "found" && read.revision.parentDigest);
    expect(named).toEqual(["", ...digests.slice(0, 2)]);
  });

  it("makes none when nothing changed", async () => {
    expect(await store.revisions.commit(request(0, new Map()))).toMatchObject({
      kind: "unchanged",
    });
    await store.revisions.commit(request(0, policies("one")));
    expect(await store.revisions.commit(request(1, policies("one")))).toMatchObject({
      kind: "unchanged",
      revision: { number: 1 },
    });
    expect(await store.revisions.list(10)).toHaveLength(1);
  });

  it.each([0, 2, 7])(
    "conflicts when the newest is 1 and the writer has seen %i",
    async (parent) => {
      await store.revisions.commit(request(0, policies("one")));
      const commit = await store.revisions.commit(request(parent, policies("two")));
      expect(commit).toEqual({ kind: "conflict", newest: 1 });
    },
  );

  it("lets one of several writers win, with one tree", async () => {
    const other = await controller.another();
    const otherStore = await other.store(connection);
    for (let parent = 0; parent < 10; parent++) {
      const commits = await Promise.all(
        [0, 1, 2, 3].map((i) =>
          (i % 2 === 0 ? store : otherStore).revisions.commit(
            request(parent, policies(`${String(parent)} of ${String(i)}`, "x")),
          ),
        ),
      );
      const winners = commits.filter(({ kind }) => kind === "committed");
      expect(winners).toHaveLength(1);
      const newest = await store.revisions.newest();
      expect(newest?.number).toBe(parent + 1);
      if (newest !== undefined) {
        expect(await store.revisions.resourcesOf(newest)).toMatchObject({ kind: "found" });
      }
    }
    await other.remove();
  });

  it.each([
    [
      "an object that is too large",
      policies("x".repeat(256 * 1024 + 1)),
      "FleetPolicy/p0 has 262145 bytes",
    ],
    [
      "too many objects",
      policies(...Array.from({ length: 2_001 }, String)),
      "at most 2000 objects",
    ],
  ])("refuses %s and stores nothing", async (_what, objects, message) => {
    const commit = await store.revisions.commit(request(0, objects));
    expect(commit.kind).toBe("refused");
    expect(commit).toHaveProperty("message", expect.stringContaining(message));
    expect(await new Bucket(connection, buckets.blobs).keys()).toEqual([]);
  });

  it("takes the largest tree that is allowed", async () => {
    const names = Array.from(
      { length: 2_000 },
      (_, i) => `FleetPolicy/${String(i).padStart(63, "p")}`,
    );
    const objects = new Map(names.map((name) => [name, Buffer.from(name)]));
    const revision = committed(await store.revisions.commit(request(0, objects)));
    expect(await store.revisions.resourcesOf(revision)).toEqual({ kind: "found", objects });
  });

  it("loses nothing that it acknowledged, and leaves no half, when the server is killed again and again", async () => {
    const acknowledged: Revision[] = [];
    let parent = 0;
    for (let i = 0; acknowledged.length < 40; i++) {
      if (i % 8 === 3 && nats.server.state.kind === "running") nats.crash();
      const texts = [`${String(i)} a`, `${String(i)} b`, "same"];
      const commit = await store.revisions.commit(request(parent, policies(...texts)));
      const revision = committed(commit);
      acknowledged.push(revision);
      parent = revision.number;
    }
    expect(acknowledged.map(({ number }) => number)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1),
    );
    for (const revision of acknowledged) {
      expect(await store.revisions.read(revision.number)).toEqual({ kind: "found", revision });
      expect(await store.revisions.resourcesOf(revision)).toMatchObject({ kind: "found" });
    }
  });
});

describe("a store in the wrong hands", () => {
  it("cannot hide the newest revision", async () => {
    await store.revisions.commit(request(0, policies("open")));
    await store.revisions.commit(request(1, policies("closed")));
    const raw = new Bucket(connection, buckets.revisions);
    await raw.erase((await raw.read("2"))?.sequence ?? 0);
    await expect(store.revisions.newest()).rejects.toThrow("revisions/2 is not believed");
    await expect(store.revisions.commit(request(1, policies("x")))).rejects.toThrow("revisions/2");
  });

  it("is handed over as it is, with what this controller knows of it", async () => {
    await store.revisions.commit(request(0, policies("open")));
    await store.revisions.commit(request(1, policies("closed")));
    const raw = new Bucket(connection, buckets.revisions);
    const first = (await raw.read("1"))?.value ?? Buffer.alloc(0);
    await raw.put("2", first);
    await raw.erase((await raw.read("1"))?.sequence ?? 0);
    expect(await store.revisions.stored([1, 2])).toMatchObject([
      { number: 1, sealed: undefined, read: { kind: "tampered", reason: "Missing" } },
      { number: 2, sealed: first, read: { kind: "tampered", reason: "Moved" } },
    ]);
  });

  it.each([
    ["changed", (raw: Bucket, digest: string) => raw.put(digest, Buffer.from("other"))],
    [
      "erased",
      async (raw: Bucket, digest: string) => raw.erase((await raw.read(digest))?.sequence ?? 0),
    ],
  ])("cannot pass an object that was %s", async (_what, destroy) => {
    const revision = committed(await store.revisions.commit(request(0, policies("one", "two"))));
    const digest = revision.tree["FleetPolicy/p1"] ?? "";
    await destroy(new Bucket(connection, buckets.blobs), digest);
    const resources = await store.revisions.resourcesOf(revision);
    expect(resources.kind).toBe("tampered");
    expect(resources).toHaveProperty(
      "message",
      expect.stringContaining("revision 1 cannot be read: FleetPolicy/p1"),
    );
  });
});

describe("sweep", () => {
  it("leaves objects alone that a commit may just have written", async () => {
    const blobs = new Bucket(connection, buckets.blobs);
    await blobs.put(digestOf(Buffer.from("stray")), Buffer.from("stray"));
    await store.revisions.commit(request(0, policies("one")));
    expect(await store.revisions.sweep(new Set())).toEqual({ revisions: 0, blobs: 0 });
    expect(await blobs.keys()).toHaveLength(2);
  });

  it("erases revisions beyond the newest that are kept, but none that is assigned", async () => {
    const few = { keptRevisions: 10 };
    const kept = await controller.store(connection, few);
    for (let parent = 0; parent < 14; parent++) {
      committed(await kept.revisions.commit(request(parent, policies(String(parent)))));
    }
    expect(await kept.revisions.sweep(new Set([2]))).toEqual({ revisions: 3, blobs: 0 });
    const other = await controller.another();
    for (const of of [controller, other]) {
      const { revisions } = await of.store(connection, few);
      expect(await revisions.read(1)).toEqual({ kind: "absent" });
      expect(await revisions.read(2)).toMatchObject({ kind: "found" });
      expect(await revisions.read(5)).toMatchObject({ kind: "found" });
      expect((await revisions.newest())?.number).toBe(14);
    }
    await other.remove();
  });
});
