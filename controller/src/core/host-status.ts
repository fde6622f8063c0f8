import type { HostStateName } from "@seawall/policy";
import type { HostReport__Output } from "@seawall/proto";
import { type DuplicateIdentity, duplicateInWords } from "./duplicate-identity.ts";
import type { AcceptedBundle } from "./next-bundle.ts";

/** A host that has not reported for this long is Stale. */
export const STALE_AFTER_MS = 45_000;

/** What the controller knows about one host at one moment. */
export interface HostKnowledge {
  /** Epoch and generation of the newest bundle made for it; generation 0 = none yet. */
  readonly epoch: number;
  readonly generation: number;
  /** Hex sha256 of that bundle as it is stored; empty = none. */
  readonly bundleDigest: string;
  /**
   * Whether that bundle says what the revision of the host says. `pending` for a moment
   * after each write; `held` while it cannot be told, because rules name hosts and the
   * record of one of them is not believed.
   */
  readonly bundle: "current" | "pending" | "held";
  /** The newest report since this controller started. */
  readonly report: HostReport__Output | undefined;
  /** Age of that report by the controller's monotonic clock. */
  readonly reportAgeMs: number | undefined;
  /** The newest revision, where it would give the host other rules and its rollout has not, or has taken them back; 0 or absent: no. */
  readonly newerRevision?: number;
  /** Whether any controller ever had a report from it. */
  readonly everReported: boolean;
  /** Two agents have its keys. */
  readonly quarantine?: DuplicateIdentity | undefined;
}

export interface HostStatus {
  readonly state: HostStateName;
  /** PascalCase; empty when InSync. */
  readonly reason: string;
  readonly message: string;
}

/**
 * The state of a host as the fleet sees it. A host's own InSync counts only when
 * the report is fresh and about the newest bundle; everything unknown is Stale or
 * Pending, never green.
 */
export function hostStatus(known: HostKnowledge): HostStatus {
  const { report, reportAgeMs, quarantine } = known;
  // Which of the two has said what is not known.
  if (quarantine !== undefined) {
    return {
      state: "Quarantined",
      reason: "DuplicateIdentity",
      message: duplicateInWords(quarantine),
    };
  }
  if (report === undefined || reportAgeMs === undefined) {
    return known.everReported
      ? {
          state: "Stale",
          reason: "NotReported",
          message: "no report since this controller started",
        }
      : {
          state: "Pending",
          reason: "NeverReported",
          message: "joined, but its agent has not reported yet",
        };
  }
  if (reportAgeMs > STALE_AFTER_MS) {
    return {
      state: "Stale",
      reason: "ReportTooOld",
      message: `last report ${String(Math.round(reportAgeMs / 1000))} s ago; last state ${stateName(report)}`,
    };
  }
  const state = stateName(report);
  if (state === "InSync" && known.generation === 0) {
    return {
      state: "Pending",
      reason: "NotCompiled",
      message: "no bundle has been made for it yet",
    };
  }
  if (state === "InSync" && !isNewest(known, report)) {
    return {
      state: "Applying",
      reason: "OlderGeneration",
      message: `enforces generation ${String(report.observedGeneration)}, newest is ${String(known.generation)}`,
    };
  }
  if (state === "InSync" && report.bundleDigest !== known.bundleDigest) {
    return {
      state: "Applying",
      reason: "OtherBundle",
      message: `enforces another bundle of generation ${String(known.generation)}, from before it was deleted or the store restored; its next bundle is being made`,
    };
  }
  if (state === "InSync" && known.bundle === "held") {
    return {
      state: "Applying",
      reason: "HostNotBelieved",
      message:
        "no bundle can be made: rules name hosts by label, and the record of a host in the store is not believed; see which: seawall compliance",
    };
  }
  if (state === "InSync" && known.bundle === "pending") {
    return {
      state: "Applying",
      reason: "BundlePending",
      message: "its next bundle is being made",
    };
  }
  if (state === "InSync") {
    return { state, reason: "", message: "" };
  }
  const cause = report.conditions.find((condition) => condition.status);
  if (cause?.reason === "OlderGeneration" && !hasTakenNewest(known, report)) {
    return {
      state: "Applying",
      reason: cause.reason,
      message: `${cause.message}; a newer one is being made, or on its way`,
    };
  }
  return { state, reason: cause?.reason ?? "Unknown", message: cause?.message ?? "" };
}

/** The newest bundle that the host says it has taken, whether or not that is the one in force. */
export function acceptedBundle(report: HostReport__Output): AcceptedBundle {
  const { accepted, observedEpoch, observedGeneration, bundleDigest } = report;
  const bundle = accepted ?? {
    epoch: observedEpoch,
    generation: observedGeneration,
    digest: bundleDigest,
  };
  // A number that cannot be counted on from is nobody's generation.
  const generation = Number.isSafeInteger(bundle.generation + 1) ? bundle.generation : 0;
  return { epoch: bundle.epoch, generation, digest: bundle.digest };
}

function isNewest(known: HostKnowledge, report: HostReport__Output): boolean {
  return report.observedEpoch === known.epoch && report.observedGeneration === known.generation;
}

/** Left over from before the host was deleted or the store restored, where it has not. */
function hasTakenNewest(known: HostKnowledge, report: HostReport__Output): boolean {
  const { epoch, generation, digest } = acceptedBundle(report);
  return epoch === known.epoch && generation === known.generation && digest === known.bundleDigest;
}

const names = {
  HOST_STATE_UNSPECIFIED: "Failed",
  HOST_STATE_PENDING: "Pending",
  HOST_STATE_IN_SYNC: "InSync",
  HOST_STATE_APPLYING: "Applying",
  HOST_STATE_DRIFTED: "Drifted",
  HOST_STATE_FAILED: "Failed",
  HOST_STATE_REVERTED: "Reverted",
  // Only the controller may call a host stale; an agent that says so is broken.
  HOST_STATE_STALE: "Failed",
  HOST_STATE_UNSUPPORTED: "Unsupported",
} as const satisfies Record<HostReport__Output["state"], HostStateName>;

function stateName(report: HostReport__Output): HostStateName {
  return names[report.state];
}
