import type { AddressGroup } from "@seawall/policy";
import { describe, expect, test } from "vitest";
import {
  changesAnything,
  changesBetween,
  planApply,
  planDelete,
  type ResourceTree,
} from "./change-set.ts";

function group(name: string, cidrs: string[], labels: Record<string, string> = {}): AddressGroup {
  return {
    apiVersion: "seawall/v1",
    kind: "AddressGroup",
    metadata: { name, labels },
    spec: { cidrs },
  };
}

const office = group("office", ["198.51.100.0/24"], { team: "net" });
const lab = group("lab", ["203.0.113.0/24"], { team: "net" });
const partner = group("partner", ["192.0.2.0/24"]);
const current: ResourceTree = new Map([
  ["AddressGroup/office", office],
  ["AddressGroup/lab", lab],
  ["AddressGroup/partner", partner],
]);

function words(set: ReturnType<typeof planApply>) {
  return [...set.changes].map(([key, { action }]) => `${key} ${action}`);
}

describe("planApply", () => {
  test.for([
    {
      name: "the same text again changes nothing",
      applied: [office],
      prune: undefined,
      changes: ["AddressGroup/office unchanged"],
    },
    {
      name: "another list configures, a new name creates, the rest is left alone",
      applied: [group("office", []), group("new", [])],
      prune: undefined,
      changes: ["AddressGroup/office configured", "AddressGroup/new created"],
    },
    {
      name: "prune deletes what it selects and the files do not name",
      applied: [office],
      prune: { matchLabels: { team: "net" } },
      changes: ["AddressGroup/office unchanged", "AddressGroup/lab deleted"],
    },
  ])("$name", ({ applied, prune, changes }) => {
    expect(words(planApply(current, applied, prune))).toEqual(changes);
  });

  test("a set of nothing but unchanged resources changes nothing", () => {
    expect(changesAnything(planApply(current, [office, lab]))).toBe(false);
    expect(changesAnything(planApply(current, [group("office", [])]))).toBe(true);
  });
});

describe("planDelete", () => {
  test("deletes the named ones", () => {
    const plan = planDelete(current, ["AddressGroup/lab"]);
    expect(plan.ok && [...plan.set.next.keys()]).toEqual([
      "AddressGroup/office",
      "AddressGroup/partner",
    ]);
  });
  test("deletes nothing when one of them is not there", () => {
    expect(planDelete(current, ["AddressGroup/lab", "AddressGroup/x"])).toEqual({
      ok: false,
      missing: ["AddressGroup/x"],
    });
  });
});

test("changesBetween: created, configured and deleted, by key; what is the same is left out", () => {
  const other = group("lab", []);
  const after: ResourceTree = new Map([
    ["AddressGroup/partner", partner],
    ["AddressGroup/new", group("new", [])],
    ["AddressGroup/lab", other],
  ]);
  const set = changesBetween(current, after);
  expect(words(set)).toEqual([
    "AddressGroup/lab configured",
    "AddressGroup/new created",
    "AddressGroup/office deleted",
  ]);
  expect(set.changes.get("AddressGroup/lab")).toEqual({
    ...{ action: "configured", before: lab, after: other },
  });
});
