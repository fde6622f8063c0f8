import type { AddressGroup } from "@seawall/policy";
import { expect, test } from "vitest";
import { changesBetween, type ResourceTree } from "./change-set.ts";
import {
  event,
  type FleetEvent,
  hostChanged,
  hostDeleted,
  hostJoined,
  revisionCommitted,
  tokenRevoked,
} from "./fleet-event.ts";

const groups = (cidrs: Readonly<Record<string, string>>): ResourceTree =>
  new Map(
    Object.entries(cidrs).map(([name, cidr]) => {
      const group: AddressGroup = {
        ...({ apiVersion: "seawall/v1", kind: "AddressGroup" } as const),
        ...{ metadata: { name }, spec: { cidrs: [cidr] } },
      };
      return [`AddressGroup/${name}`, group];
    }),
  );

test("a revision says who, why, and what differs from the one before", () => {
  const before = groups({ a: "10.1.0.0/16", b: "10.2.0.0/16", same: "10.3.0.0/16" });
  const after = groups({ b: "10.9.0.0/16", c: "10.1.0.0/16", same: "10.3.0.0/16" });
  const revision = { author: "vera", message: "for the audit", number: 7 };
  expect(revisionCommitted(revision, changesBetween(before, after))).toEqual({
    ...{ kind: "RevisionCommitted", by: "user/vera", about: "revision/7", host: "" },
    message: "for the audit",
    changes: [
      { path: "AddressGroup/a spec.cidrs[0]", before: '"10.1.0.0/16"', after: "" },
      { path: "AddressGroup/b spec.cidrs[0]", before: '"10.2.0.0/16"', after: '"10.9.0.0/16"' },
      { path: "AddressGroup/c spec.cidrs[0]", before: "", after: '"10.1.0.0/16"' },
    ],
  });
});

test("a host that is changed says what was and what is", () => {
  const before = { name: "web", mode: "Enforce", labels: { env: "prod", old: "yes" } };
  const after = { ...before, mode: "Audit", labels: { env: "test" } };
  expect(hostChanged("oscar", before, after)).toEqual({
    ...{ kind: "HostChanged", by: "user/oscar", about: "host/web", host: "web", message: "" },
    changes: [
      { path: "labels.env", before: '"prod"', after: '"test"' },
      { path: "labels.old", before: '"yes"', after: "" },
      { path: "mode", before: '"Enforce"', after: '"Audit"' },
    ],
  });
});

test("an object that is new is told by its labels and the fields of its spec", () => {
  const made: AddressGroup = {
    ...({ apiVersion: "seawall/v1", kind: "AddressGroup" } as const),
    ...{ metadata: { name: "g", labels: { team: "shop" } }, spec: { cidrs: [] } },
  };
  const set = changesBetween(new Map(), new Map([["AddressGroup/g", made]]));
  const { changes, changesLeftOut } = revisionCommitted(
    { author: "vera", message: "", number: 1 },
    set,
  );
  expect([changes, changesLeftOut]).toEqual([
    [
      { path: "AddressGroup/g metadata.labels.team", before: "", after: '"shop"' },
      { path: "AddressGroup/g spec.cidrs", before: "", after: "[]" },
    ],
    undefined,
  ]);
});

test("no object hides behind a long one, and what has no room is counted", () => {
  const group = (name: string, cidrs: number): [string, AddressGroup] => [
    `AddressGroup/${name}`,
    {
      ...({ apiVersion: "seawall/v1", kind: "AddressGroup" } as const),
      metadata: { name },
      spec: { cidrs: Array.from({ length: cidrs }, (_, i) => `10.0.${String(i)}.0/24`) },
    },
  ];
  const tree = new Map([group("a", 100), group("b", 3), group("c", 1)]);
  const made = revisionCommitted(
    { author: "vera", message: "", number: 1 },
    changesBetween(new Map(), tree),
  );
  expect(made.changes.map(({ path }) => path)).toEqual([
    ...Array.from({ length: 16 }, (_, i) => `AddressGroup/a spec.cidrs[${String(i)}]`),
    ...[0, 1, 2].map((i) => `AddressGroup/b spec.cidrs[${String(i)}]`),
    "AddressGroup/c spec.cidrs[0]",
  ]);
  expect(made.changesLeftOut).toBe(84);
});

const changesOf = ({ changes }: FleetEvent) =>
  changes.map(({ path, before, after }) => `${path}: ${before || "none"} -> ${after || "none"}`);
const host = {
  ...{ name: "web", tokenId: "01", mode: "Audit", labels: { env: "prod" } },
  ...{ addresses: ["192.0.2.7/32"], options: {} },
};

test("a host that joins says what was approved of it, one that is deleted what was there", () => {
  const joined = hostJoined(host, "192.0.2.7");
  expect(joined).toMatchObject({ by: "token/01", about: "host/web", host: "web" });
  expect(changesOf(joined)).toEqual([
    'addresses[0]: none -> "192.0.2.7/32"',
    'labels.env: none -> "prod"',
    'mode: none -> "Audit"',
  ]);
  const deleted = hostDeleted("oscar", host);
  expect(deleted).toMatchObject({ by: "user/oscar", about: "host/web", host: "web" });
  expect(changesOf(deleted)).toEqual([
    'addresses[0]: "192.0.2.7/32" -> none',
    'labels.env: "prod" -> none',
    'mode: "Audit" -> none',
    "options: {} -> none",
  ]);
});

test.for([
  ["Valid", "2026-01-02T00:00:00.001Z", 2],
  ["UsedUp", "2026-01-02T00:00:00.001Z", 0],
  ["Expired", "2026-01-02T00:00:00.000Z", 0],
] as const)("a token that is revoked was %s", ([state, expiresAt, usesLeft]) => {
  const now = new Date("2026-01-02T00:00:00.000Z");
  const revoked = tokenRevoked("oscar", { id: "01", host: "web", expiresAt, usesLeft }, now);
  expect(revoked).toMatchObject({ by: "user/oscar", about: "token/01", host: "web" });
  expect(changesOf(revoked)).toEqual([
    `expiresAt: "${expiresAt}" -> none`,
    `state: "${state}" -> "Revoked"`,
    `usesLeft: ${String(usesLeft)} -> none`,
  ]);
});

test("of many changes and long words there is the beginning", () => {
  const change = { path: "p", before: "x".repeat(201), after: "x".repeat(200) };
  const made = event("HostChanged", {
    ...{ message: "y".repeat(501), changes: Array.from({ length: 21 }, () => change) },
  });
  expect(made.message).toBe(`${"y".repeat(499)}…`);
  expect(made.changes).toHaveLength(20);
  expect(made.changesLeftOut).toBe(1);
  expect(made.changes[0]).toEqual({ ...change, before: `${"x".repeat(199)}…` });
});
