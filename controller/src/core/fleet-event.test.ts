import type { AddressGroup } from "@seawall/policy";
import { expect, test } from "vitest";
import { changesBetween, type ResourceTree } from "./change-set.ts";
import { event, hostChanged, revisionCommitted } from "./fleet-event.ts";

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
      { path: "AddressGroup/a", before: "{…}", after: "" },
      { path: "AddressGroup/b spec.cidrs[0]", before: '"10.2.0.0/16"', after: '"10.9.0.0/16"' },
      { path: "AddressGroup/c", before: "", after: "{…}" },
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

test("of many changes and long words there is the beginning", () => {
  const change = { path: "p", before: "x".repeat(201), after: "x".repeat(200) };
  const made = event("HostChanged", {
    ...{ message: "y".repeat(501), changes: Array.from({ length: 21 }, () => change) },
  });
  expect(made.message).toBe(`${"y".repeat(499)}…`);
  expect(made.changes).toHaveLength(20);
  expect(made.changes[0]).toEqual({ ...change, before: `${"x".repeat(199)}…` });
});
