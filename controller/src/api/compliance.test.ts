import { beforeEach, expect, test } from "vitest";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import type { ObserveOutcome } from "./agent-sessions.ts";
import { compliance } from "./compliance.ts";

const report = {
  state: "HOST_STATE_IN_SYNC" as const,
  conditions: [],
  observedEpoch: 1,
  observedGeneration: 1,
  revision: 1,
  inventory: null,
  limits: [],
  counters: [],
  versions: null,
  rulesetDigest: "ab",
  bundleDigest: "cd",
  accepted: null,
  drifts: [],
  connections: null,
  policies: [],
  observedAtMs: 0,
};
const answer: ObserveOutcome = { ok: true, report };
let fleet: MemoryFleet;

beforeEach(() => {
  fleet = new MemoryFleet([enrolledHost("a")]);
  fleet.known.set("a", {
    ...{ generation: 1, bundleDigest: "cd", bundle: "current", everReported: true },
    ...{ report, reportAgeMs: 1 },
  });
});

async function judged(observed: ObserveOutcome, host = "") {
  const { compliant, hosts } = await compliance({ selector: "", host }, fleet, () =>
    Promise.resolve(observed),
  );
  return [compliant, hosts?.map((one) => `${one.host ?? ""} ${one.verdict ?? ""}`)];
}

test("a host that reads its rules back when asked passes", async () => {
  expect(await judged(answer)).toEqual([true, ["a PASS"]]);
});

test("a stopped agent does not pass on its last report", async () => {
  const silent = { ok: false, reason: "DeadlineExceeded", message: "no answer" } as const;
  expect(await judged(silent)).toEqual([false, ["a UNKNOWN"]]);
});

test("a host whose record is not believed is not left out", async () => {
  fleet.unbelieved = [{ name: "b", reason: "Missing", message: "it is gone" }];
  expect(await judged(answer)).toEqual([false, ["a PASS", "b UNKNOWN"]]);
  expect(await judged(answer, "b")).toEqual([false, ["b UNKNOWN"]]);
  expect(await judged(answer, "a")).toEqual([true, ["a PASS"]]);
});
