import type { DockerNetwork, Family } from "@seawall/policy";
import { interfaceOf, isInNat } from "./docker-jumps.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families } from "./ruleset.ts";

/** What leads to Docker's own chains. */
export interface DockerJump {
  readonly family: Family;
  /** Its chain, and it. */
  readonly text: string;
}

interface Sighting extends DockerJump {
  /** The network that it is about, by id; absent: it is about all. */
  readonly network?: string;
  /** When it was first found missing; absent: it is there. */
  readonly missingSinceMs?: number;
}

/** What was seen to lead to Docker's chains, and is to be there for as long as Docker is the same. */
export interface FollowedJumps extends WhichDocker {
  readonly seen: readonly Sighting[];
  /** It has not answered since: who answers next may be another one, until its process tells. */
  readonly isAway?: true;
}

/** Another one makes its rules anew, as it is told to now. */
export interface WhichDocker {
  readonly engine: string;
  /** Its process; absent: it cannot be seen. */
  readonly daemon?: string;
}

/** What a reading found, while Docker answered. */
export interface JumpsRead extends WhichDocker {
  readonly atMs: number;
  readonly networks: readonly DockerNetwork[];
  /** Every link of the host. */
  readonly interfaces: readonly string[];
  readonly found: Readonly<Record<Family, FoundJumps | "absent">>;
}

export type FoundJumps = Pick<ObservedFamily, "dockerJumps" | "isNatRead">;

/**
 * Docker takes a rule away and makes it again where it moves it, and firewalld, reloading, all of them. What is missing for
 * longer, while Docker answers, somebody has removed.
 */
const LONGEST_MOVE_MS = 5_000;

/** Each engine has rules of its own, so that only what was seen is missed, and only as long as its network is there. */
export function followJumps(before: FollowedJumps | undefined, read: JumpsRead): FollowedJumps {
  const { engine, found } = read;
  const same = before !== undefined && isSameDocker(before, read) ? before : undefined;
  const known = same?.seen ?? [];
  const daemon = read.daemon ?? same?.daemon;
  const seen = families.flatMap((family): readonly Sighting[] => {
    const now = found[family];
    if (now === "absent") return [];
    const there = new Set(now.dockerJumps);
    const gone = known.filter((one) => one.family === family && !there.has(one.text));
    return [
      ...[...there].flatMap((text) => sightingOf({ family, text }, read)),
      ...gone
        .filter((one) => isStillDue(one, read))
        .map((one) =>
          isInNat(one.text) && !now.isNatRead ? one : { missingSinceMs: read.atMs, ...one },
        ),
    ];
  });
  return { engine, ...(daemon !== undefined && { daemon }), seen };
}

// One that cannot be seen at the moment is no other one, if it has answered all the time.
function isSameDocker(before: FollowedJumps, now: WhichDocker): boolean {
  const { daemon = now.daemon, isAway = false } = before;
  const isUnseen = now.daemon === undefined && !isAway;
  return before.engine === now.engine && (isUnseen || now.daemon === daemon);
}

/** Docker does not answer. Where its process cannot be seen, whoever answers next may be another one. */
export function whileDockerIsAway(before: FollowedJumps | undefined): FollowedJumps | undefined {
  return before?.daemon === undefined ? undefined : { ...before, isAway: true };
}

/** Nothing of an interface that is no network's now: nobody could tell when it may go. */
function sightingOf(jump: DockerJump, { networks }: JumpsRead): readonly Sighting[] {
  const bridge = interfaceOf(jump.text);
  if (bridge === undefined) return [jump];
  return networks.flatMap((one) => (one.bridge === bridge ? [{ ...jump, network: one.id }] : []));
}

// Docker deletes a bridge ahead of its rules, and forgets the network after both.
function isStillDue({ network, text }: Sighting, { networks, interfaces }: JumpsRead): boolean {
  if (network === undefined) return true;
  const bridge = interfaceOf(text);
  return networks.some(
    (one) => one.id === network && one.bridge === bridge && interfaces.includes(one.bridge ?? ""),
  );
}

/** What is missing for so long that Docker does not put it back by itself. */
export function lostJumps(
  { seen }: Pick<FollowedJumps, "seen">,
  atMs: number,
): readonly DockerJump[] {
  return seen.flatMap(({ family, text, missingSinceMs }) =>
    missingSinceMs !== undefined && atMs - missingSinceMs >= LONGEST_MOVE_MS
      ? [{ family, text }]
      : [],
  );
}
