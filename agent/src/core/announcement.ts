import { type DesiredState, desiredDigest, type HostView, resolve } from "@seawall/policy";
import type { Ends } from "./connection.ts";
import { connectionJudgeOf } from "./connection-judge-of.ts";
import type { HostRoutes } from "./host-routes.ts";

/** A change of which somebody who may apply it was told what it does to traffic here. */
export interface Announcement {
  /** The revision that it would be. */
  readonly revision: number;
  /** Digests of what the host had, and would have. */
  readonly before: string;
  readonly after: string;
  /** The host as it was then, by which the ranges were computed that were told. */
  readonly view: HostView;
}

/** What a host is brought from, and to. */
export interface AppliedChange {
  readonly revision: number;
  /** Absent: nobody knows. */
  readonly before: DesiredState | undefined;
  readonly after: DesiredState;
}

/** The newest one of exactly this change. To compare all of it takes long, and mostly nobody was told of the revision. */
export function announcementOf(
  announcements: readonly Announcement[],
  { revision, before, after }: AppliedChange,
): Announcement | undefined {
  const ofRevision = announcements.filter((one) => one.revision === revision);
  if (before === undefined || ofRevision.length === 0) return undefined;
  const [old, next] = [desiredDigest(before), desiredDigest(after)];
  return ofRevision.findLast((one) => one.before === old && one.after === next);
}

/** Whether somebody was told that such connections are denied from then on. */
export type Coverage = (ends: Ends) => boolean;

export const nothingCovered: Coverage = () => false;

/**
 * A connection lies in the ranges that were told to be denied from then on exactly if, of the host as it was then, what it
 * had does not deny it and what it would have does: ranges are what two states say something different of. A network that was
 * not there then is in none of them, though packets of its bridge would have been held.
 */
export function coverageOf(
  { view }: Announcement,
  { before, after }: AppliedChange,
  routes: HostRoutes,
): Coverage {
  if (before === undefined) return nothingCovered;
  const { bridgeNf } = view.engine;
  const [old, next] = [before, after].map((desired) => {
    const options = { ...desired.options, newNetworks: "Open" } as const;
    return connectionJudgeOf({ state: resolve({ ...desired, options }, view), bridgeNf }, routes);
  });
  return (ends) => old?.verdict(ends) !== "denied" && next?.verdict(ends) === "denied";
}
