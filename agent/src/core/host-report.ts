import type { HostReport } from "@seawall/proto";
import type { AgentState, Status } from "./status.ts";

const states = {
  Pending: "HOST_STATE_PENDING",
  InSync: "HOST_STATE_IN_SYNC",
  Applying: "HOST_STATE_APPLYING",
  Drifted: "HOST_STATE_DRIFTED",
  Failed: "HOST_STATE_FAILED",
  Unsupported: "HOST_STATE_UNSUPPORTED",
} as const satisfies Readonly<Record<AgentState, HostReport["state"]>>;

/** The status as it travels to the controller. */
export function hostReport(status: Status): HostReport {
  return {
    state: states[status.state],
    conditions: status.conditions.map(({ type, reason, message, sinceMs }) => ({
      type,
      status: true,
      reason,
      message,
      lastTransitionMs: sinceMs,
    })),
    observedEpoch: status.observed.epoch,
    observedGeneration: status.observed.generation,
    bundleDigest: status.observed.digest ?? "",
    revision: status.observed.revision,
    networks: status.networks.map(({ bridge = "", subnets, labels, ...network }) => ({
      ...network,
      bridge,
      subnets: [...subnets],
      labels: { ...labels },
    })),
    counters: status.counters.map((counter) => ({ ...counter })),
    versions: { ...status.versions },
    rulesetDigest: status.rulesetDigest,
    drifts: status.drifts.map(({ detectedMs, repairedMs = 0, family, what }) => ({
      detectedMs,
      repairedMs,
      family,
      what,
    })),
    policies: status.policies.map(({ policy, networks, reason }) => ({
      policy,
      networks: [...networks],
      reason,
    })),
    observedAtMs: status.observedAtMs,
  };
}
