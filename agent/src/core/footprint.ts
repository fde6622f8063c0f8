import type { Family } from "@seawall/policy";
import type { ObservedFilter } from "./parse-save.ts";

/**
 * How we found what is not ours but what we need: Docker's chain DOCKER-USER and its jump. Recorded
 * before the first rule of ours goes into a family, so that leaving undoes exactly what we did.
 */
export interface FamilyFootprint {
  readonly dockerUser: "found" | "created";
  readonly forwardJump:
    | { readonly kind: "found" }
    | { readonly kind: "created" }
    /** It stood at this position, 1-based, and was moved to the first. */
    | { readonly kind: "moved"; readonly from: number };
}

export type Footprint = Readonly<Partial<Record<Family, FamilyFootprint>>>;

/** What installing into a family as it is now will have changed. */
export function footprintOf({ dockerUser, forward }: ObservedFilter): FamilyFootprint {
  const [first] = forward.jumps;
  return {
    dockerUser: dockerUser === undefined ? "created" : "found",
    forwardJump:
      first === undefined
        ? { kind: "created" }
        : first === 1
          ? { kind: "found" }
          : { kind: "moved", from: first },
  };
}

/**
 * iptables-restore lines that undo a footprint; to be used in the commit that removes our jump. What
 * others have come to use meanwhile stays: a DOCKER-USER with rules of theirs and the jump to it, or one that
 * Docker itself now looks after.
 */
export function undoLines(
  footprint: FamilyFootprint | undefined,
  observed: ObservedFilter,
): readonly string[] {
  const { dockerUser, forward } = observed;
  if (footprint === undefined || dockerUser === undefined) return [];
  if (dockerUser.foreign > 0 || dockerUser.heldByOthers) return [];
  const [first] = forward.jumps;
  const removeJump = first === undefined ? [] : ["-D FORWARD -j DOCKER-USER"];
  if (footprint.dockerUser === "created") {
    const adopted = dockerUser.returns > 0 || observed.dockerForward;
    if (adopted || forward.jumps.length > 1) return [];
    return [...removeJump, "-X DOCKER-USER"];
  }
  switch (footprint.forwardJump.kind) {
    case "found":
      return [];
    case "created":
      return removeJump;
    case "moved": {
      // Somebody has moved it since: then it is where they want it.
      if (first !== 1) return [];
      const position = Math.min(footprint.forwardJump.from, forward.rules);
      return position === 1 ? [] : [...removeJump, `-I FORWARD ${position} -j DOCKER-USER`];
    }
  }
}
