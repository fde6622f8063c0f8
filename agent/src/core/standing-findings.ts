import type { Finding } from "./finding.ts";
import { type Standing, wanted } from "./standing.ts";
import type { BundleId } from "./status.ts";

/** What is known of how the newest bundle stands. */
export interface FoundStanding {
  readonly standing: Standing;
  readonly newest: BundleId;
  /** Absent: none. */
  readonly inForce?: BundleId;
}

/**
 * What keeps the newest bundle from being one that is there to stay.
 * @param isInForce what is to be in force was read back
 */
export function standingFindings(
  { standing, newest, inForce }: FoundStanding,
  isInForce: boolean,
): readonly Finding[] {
  const applying = { state: "Applying", type: "Unconfirmed" } as const;
  // Why it is not yet comes first, if there is a reason.
  const reverted = {
    state: isInForce || inForce === undefined ? "Reverted" : "Applying",
    type: "Reverted",
  } as const;
  if (standing.kind === "confirmed") return [];
  if (wanted(standing) === "newest" && !isInForce) {
    const message = `generation ${newest.generation} is not in force yet`;
    return [{ ...applying, reason: "NotInForce", message }];
  }
  switch (standing.kind) {
    case "trial":
      return [
        {
          ...applying,
          reason: "Confirming",
          message: `generation ${newest.generation} is taken back unless NATS and the controller are reached over new connections in time`,
        },
      ];
    case "unconfirmed":
      return [
        {
          ...applying,
          reason: "NotReached",
          message: `generation ${newest.generation} stays, although it cannot be told whether it cuts this host off: NATS and the controller were not reached before it either`,
        },
      ];
    case "reverted": {
      const next = standing.helped
        ? "It never comes back: apply a policy that lets this host reach its controller"
        : "Whether that helps is being found out";
      return [
        {
          ...reverted,
          reason: standing.why.reason,
          message: `generation ${newest.generation} was taken back at ${timeText(standing.atMs)}, because it cut this host off (${standing.why.message}); ${inForceText(inForce, isInForce)}. ${next}`,
        },
      ];
    }
    case "postponed": {
      const [because, next] =
        standing.blamed === undefined
          ? ["NATS and the controller were not reached without it either", "again"]
          : ["it may have been an outage that ended just then", "once more"];
      return [
        {
          ...reverted,
          reason: standing.why.reason,
          message: `generation ${newest.generation} was taken back at ${timeText(standing.atMs)} (${standing.why.message}), and ${because}; ${inForceText(inForce, isInForce)}. It is tried ${next} when NATS and the controller have been reached for as long as a trial takes`,
        },
      ];
    }
  }
}

function inForceText(inForce: BundleId | undefined, isInForce: boolean): string {
  if (inForce === undefined) return "no rule is in force, as before the first bundle";
  const is = isInForce ? "is in force" : "is to be in force, and is not yet";
  return `generation ${inForce.generation}, the last confirmed one, ${is}`;
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
