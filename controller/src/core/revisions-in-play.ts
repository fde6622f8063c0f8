import { movedHosts, type RolloutRecord } from "./rollout-record.ts";

/** Every revision that a host is on, comes to next, or goes back to without anybody being asked. */
export function revisionsInPlay(record: RolloutRecord, newest: number): ReadonlySet<number> {
  const { stable, latest } = record;
  const back = latest === undefined || isSettled(record) ? [] : [latest.from];
  return new Set([newest, stable, ...movedHosts(record).values(), ...back]);
}

/** No rollout is under way, and none has to be confirmed. */
export function isSettled({ latest }: RolloutRecord): boolean {
  return latest === undefined || (latest.end !== undefined && latest.confirmByMs === undefined);
}
