import { z } from "zod";
import { fleetEvent } from "./fleet-event.ts";

const revision = z.int().min(0);
const moment = z.int();
const hostNames = z.array(z.string());

const wave = z.strictObject({
  name: z.string(),
  /** Those that were given the target, in this order. */
  hosts: hostNames,
  /** Those of them that had failed before: what becomes of them says nothing of the change. */
  ailing: hostNames,
  /** Those that are to get it, when there is room or they are there. */
  waiting: hostNames,
  /** Those that were waiting when it was done: they were away. */
  left: hostNames.default([]),
  /** `holding`: all that count are InSync, and the soak runs. `done`: the next one may begin. */
  state: z.enum(["moving", "holding", "done"]),
  /** Since when it is in this state, or, where it moves, was given to the last host. */
  sinceMs: moment,
});

const rolloutEnd = z.strictObject({
  phase: z.enum(["Completed", "RolledBack", "Superseded"]),
  atMs: moment,
  /** PascalCase; empty where there is nothing to say. */
  reason: z.string(),
  message: z.string(),
});

const rollout = z.strictObject({
  target: revision,
  /** What hosts are put back on. */
  from: revision,
  beganMs: moment,
  /** Hosts whose rules it changed when it began; not counted where it went to all at once. */
  changes: z.int().min(0).optional(),
  /** Those that have begun; the last is the current one. */
  waves: z.array(wave),
  /** So many waves, from the first, need not soak. */
  soaked: z.int().min(0),
  /** So many waves, from the first, may begin without another approval. */
  approved: z.int().min(0),
  /** So many waves were done when the approval of the next one was asked for. */
  asked: z.int().min(0).optional(),
  pausedMs: moment.optional(),
  /** Put back at this moment unless somebody confirms it before. */
  confirmByMs: moment.optional(),
  end: rolloutEnd.optional(),
});

/** Events that are told after the record is written: each belongs to the write that it is part of. */
const news = z.strictObject({
  /** The number of the first one below; they are counted for ever. */
  first: z.int().min(0),
  untold: z.array(z.strictObject({ timeMs: moment, event: fleetEvent })),
});

const pastRollout = z.strictObject({
  target: revision,
  from: revision,
  beganMs: moment,
  /** Hosts that were given it; absent where it went to all at once. */
  hosts: z.int().min(0).optional(),
  end: rolloutEnd,
});

/**
 * Which revision every host is on, and how the newest rollout stands. All that is decided is decided from this
 * record, the hosts and the time: a controller that starts in the middle goes on as if it had been there.
 */
export const rolloutRecordSchema = z.strictObject({
  /** The revision of every host that nothing else here names: the last one that was completed. */
  stable: revision,
  /** Hosts that rollouts left on their target, when a newer one took their place. */
  earlier: z.array(z.strictObject({ revision, hosts: hostNames })),
  latest: rollout.optional(),
  /** Newest first. */
  past: z.array(pastRollout),
  /** Kept by the store. */
  news: news.optional(),
});

export type RolloutRecord = Readonly<z.infer<typeof rolloutRecordSchema>>;
export type Rollout = Readonly<z.infer<typeof rollout>>;
export type Wave = Readonly<z.infer<typeof wave>>;
export type RolloutEnd = Readonly<z.infer<typeof rolloutEnd>>;
export type PastRollout = Readonly<z.infer<typeof pastRollout>>;

/** Before the first revision. */
export const noRollouts: RolloutRecord = { stable: 0, earlier: [], past: [] };

/** The hosts that are not on the stable revision, with the one that they are on. */
export function movedHosts(record: RolloutRecord): ReadonlyMap<string, number> {
  const moved = new Map<string, number>();
  for (const { revision, hosts } of record.earlier) {
    for (const host of hosts) moved.set(host, revision);
  }
  const { latest } = record;
  if (latest !== undefined && latest.end === undefined) {
    for (const { hosts } of latest.waves) {
      for (const host of hosts) moved.set(host, latest.target);
    }
  }
  return moved;
}

/** Every revision that a host is on, or may have to go back to. */
export function revisionsInUse(record: RolloutRecord): ReadonlySet<number> {
  const { stable, earlier, latest } = record;
  return new Set([
    stable,
    ...earlier.map(({ revision }) => revision),
    ...(latest === undefined ? [] : [latest.target, latest.from]),
  ]);
}
