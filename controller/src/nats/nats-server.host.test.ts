import { eventually } from "@seawall/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";

describe("a supervised nats-server", () => {
  let nats: TestNats;
  beforeAll(async () => {
    nats = await startTestNats();
  });
  afterAll(() => nats.stop());

  it("is ready when start returns", async () => {
    const controller = await nats.controller();
    const jsm = await controller.jetstreamManager();
    expect((await jsm.getAccountInfo()).limits.max_storage).toBe(-1);
  });

  it("is started again on the same port when it dies", async () => {
    const controller = await nats.controller();
    const before = nats.server.port;
    nats.crash();
    await eventually(() => controller.rtt(), { what: "an answer of the new server" });
    expect(nats.server.port).toBe(before);
    expect(nats.states.map(({ kind }) => kind)).toEqual([
      "starting",
      "running",
      "backingOff",
      "starting",
      "running",
    ]);
  });
});
