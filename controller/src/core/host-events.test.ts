import type { HostReport__Output } from "@seawall/proto";
import { describe, expect, test } from "vitest";
import { factsOf, hostEvents, noFacts } from "./host-events.ts";

type Report = Partial<HostReport__Output>;

const report = (said: Report): HostReport__Output => ({
  ...{ state: "HOST_STATE_IN_SYNC", conditions: [], observedEpoch: 1, observedGeneration: 7 },
  ...{ revision: 3, inventory: null, limits: [], counters: [], versions: null, entries: [] },
  ...{
    rulesetDigest: "ab",
    bundleDigest: "cd",
    accepted: null,
    drifts: [],
    appliedCuts: null,
    connections: null,
  },
  ...{ policies: [], observedAtMs: 0, ...said },
});

const condition = (type: string, message: string) => ({
  ...{ type, status: true, reason: "Whatever", message, lastTransitionMs: 0 },
});
const says = (...conditions: readonly [type: string, message: string][]): Report => ({
  conditions: conditions.map(([type, message]) => condition(type, message)),
});
const drift = (detectedMs: number, repairedMs: number, family = "IPv4") => ({
  ...{ detectedMs, repairedMs, family, what: "1 rule removed", times: 1, suspects: [] },
});
const nothing: Report = {};
const found = "DriftFound IPv4: 1 rule removed";
const repaired = "DriftRepaired IPv4: 1 rule removed";
const reverted = says(["Reverted", "generation 7 was taken back"]);
const takenBack = "Reverted generation 7 was taken back";

const cases: readonly (readonly [
  name: string,
  before: Report | undefined,
  now: Report,
  told: readonly string[],
])[] = [
  ["the first report of a host that is well", undefined, nothing, []],
  [
    "the same again",
    { drifts: [drift(5, 6)], ...reverted },
    { drifts: [drift(5, 6)], ...reverted },
    [],
  ],
  [
    "a bundle that it does not take",
    nothing,
    says(["BundleRefused", "the signature does not fit"]),
    ["BundleRefused Whatever: the signature does not fit"],
  ],
  [
    "and still does not",
    says(["BundleRefused", "the signature does not fit"]),
    says(["BundleRefused", "the signature does not fit"]),
    [],
  ],
  ["a drift that stands", nothing, { drifts: [drift(5, 0)] }, [found]],
  ["and is repaired later", { drifts: [drift(5, 0)] }, { drifts: [drift(5, 6)] }, [repaired]],
  [
    "one that was repaired before it was told",
    nothing,
    { drifts: [drift(5, 6)] },
    [found, repaired],
  ],
  ["the same once more", { drifts: [drift(5, 6)] }, { drifts: [drift(9, 10)] }, [found, repaired]],
  [
    "several, newest first, and one at the same moment in the other family",
    { drifts: [drift(5, 0)] },
    { drifts: [drift(9, 0), drift(5, 6, "IPv6"), drift(5, 6)] },
    [repaired, "DriftFound IPv6: 1 rule removed", "DriftRepaired IPv6: 1 rule removed", found],
  ],
  [
    "who was heard to change rules",
    nothing,
    {
      drifts: [
        { ...drift(5, 0), suspects: [{ atMs: 4, pid: 17, command: "iptables", parent: "bash" }] },
      ],
    },
    [`${found}; heard to change rules: iptables (pid 17)`],
  ],
  ["drifts that an agent has forgotten", { drifts: [drift(5, 0)] }, nothing, []],
  ["a bundle that is taken back", nothing, reverted, [takenBack]],
  [
    "the same in other words",
    reverted,
    says(["Reverted", "generation 7 was taken back, and generation 6 is in force"]),
    [],
  ],
  ["a newer one", reverted, { ...reverted, observedGeneration: 8 }, [takenBack]],
  [
    "a condition that does not hold",
    nothing,
    { conditions: [{ ...condition("Reverted", ""), status: false }] },
    [],
  ],
  ["an opening", nothing, says(["Open", "by alice: help"]), ["Opened by alice: help"]],
  ["it goes on", says(["Open", "by alice: help"]), says(["Open", "by alice: help"]), []],
  ["another one", says(["Open", "by alice"]), says(["Open", "by bob"]), ["Opened by bob"]],
  [
    "its end",
    says(["Open", "by alice"]),
    says(["OpenedLately", "by alice, closed"]),
    ["Closed by alice, closed"],
  ],
  ["one that is over", says(["OpenedLately", "by alice"]), says(["OpenedLately", "by alice"]), []],
  [
    "one that nobody heard of while it was open",
    says(["OpenedLately", "by alice"]),
    says(["OpenedLately", "by bob"]),
    ["Opened by bob", "Closed by bob"],
  ],
];

describe("what a report tells that the one before did not", () => {
  test.for(cases)("%s", ([, before, now, told]) => {
    const facts = before === undefined ? noFacts : factsOf(report(before));
    const events = hostEvents("web", facts, report(now));
    expect(events.map(({ kind, message }) => `${kind} ${message}`)).toEqual(told);
  });
});

test("is said by the host, about itself", () => {
  expect(hostEvents("web", noFacts, report(reverted))).toEqual([
    {
      ...{ kind: "Reverted", by: "host/web", about: "host/web", host: "web" },
      message: "generation 7 was taken back",
      changes: [{ path: "generation", before: "7", after: '"not read back yet"' }],
    },
  ]);
});

const until = "opened by alice (uid 0) at 2026-01-02T03:04:05Z until 2026-01-02T03:19:05Z";
const isOpen = says(["Open", `${until} at the latest: help`]);
const wasOpen = says(["OpenedLately", `${until}, when bob (uid 0) closed it: help`]);
const accepted = { epoch: 1, generation: 8, digest: "ef" };
const wasTakenBack: Report = { ...reverted, accepted, state: "HOST_STATE_REVERTED" };

const changed: readonly (readonly [
  name: string,
  before: Report,
  now: Report,
  changes: readonly string[],
])[] = [
  [
    "a drift",
    nothing,
    { drifts: [drift(5, 0)] },
    ['DriftFound rules.IPv4: "as written" -> "1 rule removed"'],
  ],
  [
    "its repair",
    { drifts: [drift(5, 0)] },
    { drifts: [drift(5, 6)] },
    ['DriftRepaired rules.IPv4: "1 rule removed" -> "as written"'],
  ],
  [
    "a bundle that is refused",
    nothing,
    says(["BundleRefused", "it is unsigned"]),
    ['BundleRefused refused: none -> "Whatever: it is unsigned"'],
  ],
  [
    "another one",
    says(["BundleRefused", "it is unsigned"]),
    says(["BundleRefused", "it is too large"]),
    ['BundleRefused refused: "Whatever: it is unsigned" -> "Whatever: it is too large"'],
  ],
  [
    "a bundle that was taken back, and the one that is in force again",
    nothing,
    wasTakenBack,
    ["Reverted generation: 8 -> 7"],
  ],
  [
    "one of before the store was restored",
    nothing,
    { ...wasTakenBack, accepted: { ...accepted, epoch: 2 } },
    ["Reverted epoch: 2 -> 1", "Reverted generation: 8 -> 7"],
  ],
  [
    "the first bundle",
    nothing,
    { ...wasTakenBack, observedEpoch: 0, observedGeneration: 0 },
    ["Reverted generation: 8 -> none"],
  ],
  [
    "one whose predecessor is not in force yet",
    nothing,
    { ...wasTakenBack, observedGeneration: 8, state: "HOST_STATE_APPLYING" },
    ['Reverted generation: 8 -> "not read back yet"'],
  ],
  [
    "an agent that has read nothing yet",
    nothing,
    { ...wasTakenBack, observedGeneration: 0, state: "HOST_STATE_APPLYING" },
    ['Reverted generation: 8 -> "not read back yet"'],
  ],
  ["an opening", nothing, isOpen, ['Opened open: "no" -> "until 2026-01-02T03:19:05Z"']],
  ["its end", isOpen, wasOpen, ['Closed open: "until 2026-01-02T03:19:05Z" -> "no"']],
  [
    "one that nobody heard of while it was open, in other words",
    nothing,
    says(["OpenedLately", "by alice"]),
    ['Opened open: "no" -> "yes"', 'Closed open: "yes" -> "no"'],
  ],
];

test.for(changed)("before and after: %s", ([, before, now, expected]) => {
  const events = hostEvents("web", factsOf(report(before)), report(now));
  const lines = events.flatMap(({ kind, changes }) =>
    changes.map((it) => `${kind} ${it.path}: ${it.before || "none"} -> ${it.after || "none"}`),
  );
  expect(lines).toEqual(expected);
});

test("however much an agent says, an event is small", () => {
  const drifts = [{ ...drift(5, 0), what: "x".repeat(100_000) }];
  expect(JSON.stringify(hostEvents("web", noFacts, report({ drifts }))).length).toBeLessThan(1_000);
});
