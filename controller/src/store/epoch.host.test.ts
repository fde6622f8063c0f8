import { eventually } from "@seawall/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { firstUser } from "../first-user.ts";
import { enrolledHost } from "../testing/memory-fleet.ts";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { type TestController, testController } from "../testing/test-store.ts";
import { Bucket } from "./bucket.ts";
import { Leadership } from "./leader.ts";

describe("the store's epoch", () => {
  let nats: TestNats;
  let controller: TestController;
  beforeEach(async () => {
    nats = await startTestNats();
    controller = await testController();
  });
  afterEach(async () => {
    await nats.stop();
    await controller.remove();
  });

  it("starts at 1, once, however many controllers start at the same time", async () => {
    const connection = await nats.controller();
    const others = await Promise.all([controller.another(), controller.another()]);
    const stores = await Promise.all([controller, ...others].map((each) => each.store(connection)));
    expect(stores.map(({ epoch }) => epoch)).toEqual([1, 1, 1]);
    expect(stores.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await controller.store(connection)).toMatchObject({ epoch: 1, isNew: false });
    await Promise.all(others.map((each) => each.remove()));
  });

  it("refuses a store that was wiped, with the command to run", async () => {
    await controller.store(await nats.controller());
    await nats.wipeStore();
    const opened = await controller.open(await nats.controller());
    expect(opened.kind).toBe("refused");
    expect(opened).toHaveProperty(
      "message",
      expect.stringMatching(
        /store is empty, and this controller knew one of epoch 1.*`seawall controller init --new-epoch`/,
      ),
    );
  });

  it("refuses a wiped store that another controller has begun anew", async () => {
    await controller.store(await nats.controller());
    await nats.wipeStore();
    const other = await controller.another();
    await other.store(await nats.controller());
    const opened = await controller.open(await nats.controller());
    expect(opened.kind).toBe("refused");
    expect(opened).toHaveProperty("message", expect.stringContaining("another one"));
    await other.remove();
  });

  it("refuses an epoch record that it did not seal", async () => {
    const connection = await nats.controller();
    await controller.store(connection);
    await new Bucket(connection, "meta").put("epoch", Buffer.from("{}"));
    expect(await controller.open(connection)).toMatchObject({ kind: "refused" });
  });

  it("grows when the operator says that the store is a new one", async () => {
    const before = await controller.store(await nats.controller());
    await before.rollouts.assign(1, undefined);
    await nats.wipeStore();
    const connection = await nats.controller();
    const opened = await controller.open(connection, { newEpoch: true });
    if (opened.kind === "refused") throw new Error(opened.message);
    expect(opened.store).toMatchObject({ epoch: 2, isNew: true });
    expect(await opened.store.rollouts.read()).toEqual({ kind: "absent", sequence: 0 });
    expect(await controller.store(connection)).toMatchObject({ epoch: 2, isNew: false });
  });

  it("starts with nothing of the one before, which is not in the way either", async () => {
    const connection = await nats.controller();
    const before = await controller.store(connection);
    const commit = { parent: 0, author: "a", message: "", time: new Date().toISOString() };
    const objects = new Map([["AddressGroup/a", Buffer.from("1")]]);
    await before.revisions.commit({ ...commit, objects });
    await before.rollouts.assign(1, undefined);
    const host = { ...enrolledHost("web"), uid: "1" };
    await before.hosts.create(host);
    const user = { ...firstUser("admin", "key of admin", new Date()) };
    await before.users.createFirst(user);
    await before.users.delete("admin", Date.now());
    const opened = await controller.open(connection, { newEpoch: true });
    if (opened.kind === "refused") throw new Error(opened.message);
    const { store } = opened;
    expect(store).toMatchObject({ epoch: 2, isNew: true });
    expect(await store.revisions.newest()).toBeUndefined();
    expect(await store.hosts.find("web")).toBeUndefined();
    expect(await store.users.list()).toEqual([]);
    await store.users.createFirst(user);
    expect(await store.users.find("admin")).toEqual(user);
    expect(await store.hosts.create(host)).toMatchObject({ kind: "written" });
    expect(await store.revisions.commit({ ...commit, objects })).toMatchObject({
      kind: "committed",
      revision: { number: 1 },
    });
    expect(await store.rollouts.assign(1, undefined)).toMatchObject({ kind: "written" });
  });

  it("is not begun while a controller leads", async () => {
    const connection = await nats.controller();
    const { leader } = await controller.store(connection);
    const leadership = new Leadership({
      bucket: leader,
      id: "other",
      onChange: () => undefined,
      onError: () => undefined,
    });
    leadership.start();
    await eventually(() => leadership.isLeader, { what: "the seat" });
    expect(await controller.open(connection, { newEpoch: true })).toHaveProperty(
      "message",
      expect.stringContaining("a controller is running on this store"),
    );
    await leadership.stop();
    expect(await controller.open(connection, { newEpoch: true })).toMatchObject({ kind: "opened" });
  });

  it("survives a restart of the server", async () => {
    await controller.store(await nats.controller());
    await nats.restart();
    expect(await controller.store(await nats.controller())).toMatchObject({
      epoch: 1,
      isNew: false,
    });
  });
});
