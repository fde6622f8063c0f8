import type { HostDocument } from "@seawall/policy";
import { type HostStateName, hostStates } from "@seawall/policy";
import { isInSync } from "./views/host-state.ts";

export type WaitCondition =
  | { readonly kind: "InSync" }
  | { readonly kind: "state"; readonly state: HostStateName }
  | { readonly kind: "delete" };

export const inSync: WaitCondition = { kind: "InSync" };

/** `InSync` (also as `condition=InSync`), `state=Stale`, `delete`; undefined for anything else. */
export function parseWaitCondition(text: string): WaitCondition | undefined {
  if (text === "delete") return { kind: "delete" };
  if (text === "InSync" || text === "condition=InSync") return inSync;
  const state = hostStates.find((candidate) => text === `state=${candidate}`);
  return state === undefined ? undefined : { kind: "state", state };
}

export type WaitVerdict = "met" | "pending" | "failed";

const terminal: readonly HostStateName[] = ["Failed", "Reverted", "Unsupported"];

/** How long a host that has failed may take for a newer bundle, which may put right what failed. */
const forNewerMs = 10_000;

/**
 * A failure ends the wait only when it was reported after the wait began: a report
 * from before may be about the very state that the last apply has put right. So may one
 * about an older bundle, until the host has had the time to take the newest, or to refuse it.
 * @param waitedMs since the wait began.
 */
export function judgeHost(
  host: HostDocument,
  condition: WaitCondition,
  waitedMs: number,
): WaitVerdict {
  switch (condition.kind) {
    case "InSync":
      if (isInSync(host)) return "met";
      // Until somebody decides.
      if (host.status.state === "Quarantined") return "failed";
      return terminal.includes(host.status.state) &&
        isReportedSince(host, waitedMs) &&
        (isOfNewest(host) || waitedMs >= forNewerMs)
        ? "failed"
        : "pending";
    case "state":
      return host.status.state === condition.state ? "met" : "pending";
    case "delete":
      return "pending";
  }
}

function isReportedSince({ status }: HostDocument, waitedMs: number): boolean {
  return status.reportAgeMs >= 0 && status.reportAgeMs < waitedMs;
}

function isOfNewest({ status }: HostDocument): boolean {
  return status.bundlePending !== true && status.observedGeneration === status.generation;
}
