import type { AppliedCuts__Output } from "@seawall/proto";
import { expect, test } from "vitest";
import { withNewDrops } from "./new-drops.ts";

const none: AppliedCuts__Output = {
  ...{ epoch: 1, revision: 8, cut: 0, unannounced: 0, announced: false, first: [] },
};
const one = {
  connection: {
    ...{ protocol: "TCP", source: "203.0.113.9", destination: "192.0.2.11", port: 8080 },
    ...{ answerer: "172.18.0.2", answeringPort: 80 },
  },
  ...{ policy: "closed", rule: "default" },
};
const forged = { ...one, connection: { ...one.connection, source: "\u001b[2J" } };

const untold =
  "DropsNotTold: it does not say which live connections the revision has cut: its agent is older than the gate NewDrops, or was started again in the middle. Upgrade it if it is older; then seawall rollout resume";
const next =
  "If they may be cut: seawall rollout undo, then seawall diff -f, which announces it, and apply again";

test.for<[string, AppliedCuts__Output | null, string]>([
  ["cut nothing", none, "well"],
  ["cut what was announced", { ...none, cut: 7, announced: true }, "well"],
  ["says nothing", null, untold],
  ["tells of the revision before", { ...none, revision: 7 }, untold],
  ["tells of a revision of an older store", { ...none, epoch: 0 }, untold],
  [
    "cut what nobody had announced",
    { ...none, cut: 1, unannounced: 1, first: [one] },
    `UnannouncedDrops: it has cut 1 live connection, and seawall diff had not announced exactly this change for it: TCP 203.0.113.9 to 192.0.2.11 port 8080 (policy closed, rule default). ${next}`,
  ],
  [
    "cut more than was announced",
    {
      ...none,
      cut: 30,
      unannounced: 4,
      announced: true,
      first: [{ ...one, policy: "", rule: "" }, forged, one],
    },
    `UnannouncedDrops: of 30 live connections that it has cut, 4 are outside of what seawall diff had announced: TCP 203.0.113.9 to 192.0.2.11 port 8080 (held). ${next}`,
  ],
])("a host that %s", ([, cuts, expected]) => {
  const report = { observedEpoch: 1, revision: 8, appliedCuts: cuts };
  const health = withNewDrops({ kind: "well" }, report);
  expect(health.kind === "failed" ? `${health.reason}: ${health.message}` : health.kind).toBe(
    expected,
  );
});

test("a host that is not well is asked nothing", () => {
  expect(withNewDrops({ kind: "moving" }, undefined)).toEqual({ kind: "moving" });
});
