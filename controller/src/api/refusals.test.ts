import { beforeEach, expect, test } from "vitest";
import { event, type FleetEvent } from "../core/fleet-event.ts";
import { Refusals } from "./refusals.ts";

let told: string[];
let now: number;
let refusals: Refusals;
beforeEach(() => {
  told = [];
  now = 0;
  refusals = new Refusals({
    monotonicNow: () => now,
    record: ({ kind, by, message }) => {
      told.push(`${kind} ${by}: ${message}`);
      return Promise.resolve();
    },
  });
});

const refused = (kind: FleetEvent["kind"], by: string, message: string) => {
  refusals.refused(event(kind, { by, message }), by);
};

test("each is told at once, the same again once an hour with how often", async () => {
  for (const at of [0, 30_000, 3_599_999]) {
    now = at;
    for (const host of ["web", "db"]) refused("HostRefused", host, "deleted");
    await refusals.tellLeftOut();
  }
  expect(told).toEqual(["HostRefused web: deleted", "HostRefused db: deleted"]);
  now = 3_600_000;
  await refusals.tellLeftOut();
  expect(told.splice(0)).toEqual([
    "HostRefused web: deleted",
    "HostRefused db: deleted",
    "HostRefused web: 2 more in an hour, last: deleted",
    "HostRefused db: 2 more in an hour, last: deleted",
  ]);
  // One goes on, the other does not.
  refused("HostRefused", "web", "deleted");
  now = 7_200_000;
  await refusals.tellLeftOut();
  refused("HostRefused", "db", "deleted");
  expect(told).toEqual([
    "HostRefused web: 1 more in an hour, last: deleted",
    "HostRefused db: deleted",
  ]);
});

test("what is another one is told at once, up to twenty of somebody", async () => {
  for (let i = 0; i < 22; i++) refused("CallRefused", "vera", `no ${String(i)}`);
  refused("CallRefused", "oscar", "no");
  refused("HostRefused", "vera", "no");
  expect(told.splice(0)).toEqual([
    ...Array.from({ length: 20 }, (_, i) => `CallRefused vera: no ${String(i)}`),
    "CallRefused oscar: no",
    "HostRefused vera: no",
  ]);
  now = 3_600_000;
  await refusals.tellLeftOut();
  expect(told).toEqual(["CallRefused vera: 2 more in an hour, last: no 21"]);
});

test("however many addresses somebody has, and others are told of all the same", async () => {
  for (let i = 0; i < 10_000; i++) refused("JoinRefused", `address ${String(i)}`, "WrongToken");
  expect(told.splice(0)).toHaveLength(45);
  refused("HostRefused", "web", "deleted");
  expect(told.splice(0)).toEqual(["HostRefused web: deleted"]);
  now = 3_600_000;
  await refusals.tellLeftOut();
  expect(told).toEqual(["JoinRefused address 9999: 9955 more in an hour, last: WrongToken"]);
});
