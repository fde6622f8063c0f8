import { acceptedBundle, type HostKnowledge, hostStatus, STALE_AFTER_MS } from "./host-status.ts";
import type { RolloutHealth } from "./rollout-host.ts";

/** The condition of a host that enforces what it should, which is not what a test of a policy expects there. */
const TEST_FAILED = "PolicyTestFailed";

/**
 * How a host is on the revision that it is on.
 * @param known measured against that revision
 * @param heardForMs for how long this controller has heard of hosts
 */
export function rolloutHealth(known: HostKnowledge, heardForMs: number): RolloutHealth {
  const { state, reason, message } = hostStatus(known);
  switch (state) {
    case "InSync": {
      const failed = known.report?.conditions.find(({ type }) => type === TEST_FAILED);
      return failed === undefined
        ? { kind: "well" }
        : { kind: "failed", reason: failed.reason, message: failed.message };
    }
    case "Applying":
    case "Drifted":
      return { kind: "moving" };
    case "Pending":
      return known.report === undefined ? { kind: "away" } : { kind: "moving" };
    case "Stale":
      return known.report === undefined && heardForMs < STALE_AFTER_MS
        ? { kind: "unknown" }
        : { kind: "away" };
    case "Quarantined":
      return { kind: "away" };
    case "Unsupported":
      // What it does not understand it does not take.
      return known.bundle === "current" ? { kind: "failed", reason, message } : { kind: "moving" };
    case "Failed":
    case "Reverted":
      return known.bundle === "current" && hasTaken(known)
        ? { kind: "failed", reason, message }
        : { kind: "moving" };
  }
}

/** Before it has the newest bundle, what it says is about another one. */
function hasTaken({ report, epoch, generation }: HostKnowledge): boolean {
  if (report === undefined) return false;
  const accepted = acceptedBundle(report);
  return accepted.epoch === epoch && accepted.generation >= generation;
}
