import { expect, test } from "vitest";
import { enrolledHost } from "../testing/memory-fleet.ts";
import { policyTree } from "../testing/policy-tree.ts";
import { changesBetween } from "./change-set.ts";
import { event, hostChanged, revisionCommitted } from "./fleet-event.ts";

const spec = (priority: number) =>
  `{priority: ${String(priority)}, ingress: {defaultAction: Deny}}`;

test("a revision says who, why, and what differs from the one before", () => {
  const before = policyTree({ a: spec(1), b: spec(1), same: spec(1) });
  const after = policyTree({ b: spec(2), c: spec(1), same: spec(1) });
  const revision = { author: "vera", message: "for the audit", number: 7 };
  expect(revisionCommitted(revision, changesBetween(before, after))).toEqual({
    ...{ kind: "RevisionCommitted", by: "user/vera", about: "revision/7", host: "" },
    message: "for the audit",
    changes: [
      { path: "FleetPolicy/a", before: "{…}", after: "" },
      { path: "FleetPolicy/b spec.priority", before: "1", after: "2" },
      { path: "FleetPolicy/c", before: "", after: "{…}" },
    ],
  });
});

test("a host that is changed says what was and what is", () => {
  const before = enrolledHost("web", { env: "prod", old: "yes" });
  const after = { ...before, mode: "Audit" as const, labels: { env: "test" } };
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
