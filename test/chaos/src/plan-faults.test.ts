import { describe, expect, test } from "vitest";
import { partsOf } from "./fault.ts";
import { planFaults } from "./plan-faults.ts";
import { manifestOf } from "./policy-change.ts";

const hosts = ["alpha", "beta"];
const seeds = [1, 2, 3, 4, 5];
const kinds = [
  "change a policy",
  "cut the network",
  "fill the disk",
  "flush",
  "kill agent",
  "kill controller",
  "kill dockerd",
  "kill nats-server",
  "re-create a network",
  "stop a process",
];

test("one seed has one plan, another one another", () => {
  const plan = planFaults({ seed: 7, faults: 50, hosts });
  expect(planFaults({ seed: 7, faults: 50, hosts })).toEqual(plan);
  expect(planFaults({ seed: 8, faults: 50, hosts })).not.toEqual(plan);
});

describe.for(seeds)("seed %i", (seed) => {
  test("as many as were asked for, numbered, with times that a machine can keep", () => {
    const plan = planFaults({ seed, faults: 33, hosts });
    expect(plan.map(({ number }) => number)).toEqual(Array.from({ length: 33 }, (_, at) => at + 1));
    for (const { afterMs, lastsMs } of plan) {
      expect(afterMs).toBeGreaterThanOrEqual(0);
      expect(afterMs).toBeLessThanOrEqual(1500);
      expect(lastsMs).toBeGreaterThanOrEqual(500);
      expect(lastsMs).toBeLessThanOrEqual(5000);
    }
  });

  test("every kind is among the first fourteen", () => {
    const drawn = planFaults({ seed, faults: 14, hosts }).map(({ kind }) => kind);
    expect([...new Set(drawn)].toSorted()).toEqual(kinds);
  });

  test("each host has its share, and every part of it", () => {
    const parts = planFaults({ seed, faults: 400, hosts }).flatMap(partsOf);
    for (const host of hosts) {
      for (const what of ["agent", "Docker", "network", "disk", "rules"]) {
        const share = parts.filter((part) => part === `${what} of ${host}`).length;
        expect(share, `${what} of ${host}`).toBeGreaterThan(4);
      }
    }
  });

  test("no two writes are equal, and every one is one object", () => {
    const manifests = planFaults({ seed, faults: 400, hosts }).flatMap((fault) =>
      fault.kind === "change a policy" ? (manifestOf(fault.change, fault.number) ?? []) : [],
    );
    expect(new Set(manifests).size).toBe(manifests.length);
  });
});
