import { eventually } from "@seawall/lab";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestNats, type TestNats } from "../testing/test-nats.ts";
import { Bucket } from "./bucket.ts";
import { ensureBuckets, LEADER_TTL_MS } from "./buckets.ts";
import { Leadership } from "./leader.ts";

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats.stop());

it("has one leader at a time, and another one when it resigns, dies or is cut off", async () => {
  const connection = await nats.controller();
  await ensureBuckets(connection, { replicas: 1 });
  const candidate = (id: string, of = connection) => {
    const told: boolean[] = [];
    const bucket = new Bucket(of, "leader");
    const onChange = (isLeader: boolean) => told.push(isLeader);
    const leadership = new Leadership({ bucket, id, onChange, onError: () => undefined });
    leadership.start();
    return { leadership, told };
  };
  const lost = await nats.controller();
  const a = candidate("a", lost);
  await eventually(() => a.leadership.isLeader, { what: "a to lead" });
  const b = candidate("b");

  await lost.close();
  await eventually(() => b.leadership.isLeader, { what: "b to lead", timeoutMs: 60_000 });
  expect(a.leadership.isLeader).toBe(false);
  expect(a.told).toEqual([true, false]);

  const c = candidate("c");
  await b.leadership.stop();
  expect(b.told).toEqual([true, false]);
  // Before the seat would have expired: it is renewed when a quarter of its time is over.
  const timeoutMs = (LEADER_TTL_MS * 3) / 4;
  await eventually(() => c.leadership.isLeader, { what: "c to lead", timeoutMs });

  nats.crash();
  await eventually(() => connection.rtt(), { what: "the new server" });
  expect(c.leadership.isLeader).toBe(true);
  await c.leadership.stop();
  await a.leadership.stop().catch(() => undefined);
});
