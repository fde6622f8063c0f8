import type { HostDocument } from "@seawall/policy";

/** The host measured against the newest revision, whichever it is on: it is not in sync with what it has not been given. */
export function againstNewest(host: HostDocument): HostDocument {
  const { state, newerRevision = 0 } = host.status;
  if (state !== "InSync" || newerRevision === 0) return host;
  const message = `it enforces an older revision: the rollout of revision ${String(newerRevision)} has not reached it, or has taken it back; see seawall rollout status`;
  return {
    ...host,
    status: { ...host.status, state: "Applying", reason: "OlderRevision", message },
  };
}
