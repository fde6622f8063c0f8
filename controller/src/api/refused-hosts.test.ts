import { expect, test } from "vitest";
import { RefusedHosts } from "./refused-hosts.ts";

test("each host that is refused is told of once an hour", () => {
  const told: string[] = [];
  let now = 0;
  const hosts = new RefusedHosts({
    monotonicNow: () => now,
    record: ({ kind, by, host, message }) => {
      told.push(`${kind} ${by} ${host}: ${message}`);
      return Promise.resolve();
    },
  });
  for (const at of [0, 30_000, 3_599_999, 3_600_000]) {
    now = at;
    for (const host of ["web", "db"]) hosts.refused(host, `at ${String(at)}`);
  }
  expect(told).toEqual([
    "HostRefused host/web web: at 0",
    "HostRefused host/db db: at 0",
    "HostRefused host/web web: at 3600000",
    "HostRefused host/db db: at 3600000",
  ]);
});
