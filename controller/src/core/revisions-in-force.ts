import { movedHosts, type RolloutRecord } from "./rollout-record.ts";

/** Which revision each host is on, or will be at once. */
export interface RevisionsInForce {
  readonly revisionOf: (host: string) => number;
  /** All that a host may be on. */
  readonly revisions: ReadonlySet<number>;
}

/** Where everybody has the newest one, or will have it with the controller's next step. */
export function allOn(revision: number): RevisionsInForce {
  return { revisionOf: () => revision, revisions: new Set([revision]) };
}

/** Hosts that a rollout has not reached, or was put back from, are on an older one for as long as that takes. */
export function revisionsInForce(record: RolloutRecord): RevisionsInForce {
  const moved = movedHosts(record);
  return {
    revisionOf: (host) => moved.get(host) ?? record.stable,
    revisions: new Set([record.stable, ...moved.values()]),
  };
}
