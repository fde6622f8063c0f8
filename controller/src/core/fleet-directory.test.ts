import type { FleetHost } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import { fleetDirectory } from "./fleet-directory.ts";

const web: FleetHost = { labels: { env: "prod", role: "web" }, addresses: ["192.0.2.1/32"] };
const db: FleetHost = {
  labels: { env: "prod", role: "db" },
  addresses: ["192.0.2.2/32", "2001:db8::2/128"],
};
const before = fleetDirectory([web, db], [], undefined);

test("holds labels and addresses, and nothing else of a host", () => {
  const host = { ...web, name: "web-1", mode: "Audit", enrolledAt: "2026-01-02T03:04:05.000Z" };
  expect(fleetDirectory([host], [], undefined)).toEqual({ hosts: [web] });
});

describe("is the same one while nothing in it changes", () => {
  test.for<{ name: string; hosts: readonly FleetHost[]; isSame: boolean }>([
    { name: "hosts in another order", hosts: [db, web], isSame: true },
    {
      name: "labels in another order",
      hosts: [{ ...web, labels: { role: "web", env: "prod" } }, db],
      isSame: true,
    },
    {
      name: "addresses in another order",
      hosts: [web, { ...db, addresses: db.addresses.toReversed() }],
      isSame: true,
    },
    { name: "a host that joined", hosts: [web, db, { ...db, labels: {} }], isSame: false },
    { name: "a host that was deleted", hosts: [web], isSame: false },
    {
      name: "another value of a label",
      hosts: [{ ...web, labels: { ...web.labels, env: "test" } }, db],
      isSame: false,
    },
    { name: "a label less", hosts: [{ ...web, labels: { env: "prod" } }, db], isSame: false },
    { name: "an address less", hosts: [{ ...web, addresses: [] }, db], isSame: false },
    {
      name: "two hosts that swap addresses",
      hosts: [
        { ...web, addresses: db.addresses },
        { ...db, addresses: web.addresses },
      ],
      isSame: false,
    },
  ])("$name: $isSame", ({ hosts, isSame }) => {
    expect(fleetDirectory(hosts, [], before) === before).toBe(isSame);
  });
});

test("is not known while a record is not believed: a Deny would lose that host", () => {
  expect(fleetDirectory([web], [{ name: "db" }], before)).toBeUndefined();
});

test("of a fleet without hosts is known, and empty", () => {
  expect(fleetDirectory([], [], undefined)).toEqual({ hosts: [] });
});
