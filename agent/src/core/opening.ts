import { elapsedMs, type Moment } from "./moment.ts";

/** Somebody with root on this host took all rules away for a while. */
export interface Opening {
  readonly since: Moment;
  /** At most `longestOpeningMs`. */
  readonly ttlMs: number;
  readonly reason: string;
  readonly by: Person;
  /** Wall clock, for people. */
  readonly openedMs: number;
  /** There were rules of ours to be taken away. */
  readonly hadRules: boolean;
  /** Absent: nobody ended it before its time. */
  readonly closed?: { readonly by: Person; readonly atMs: number };
}

/** Whoever logged in, as far as root can be told apart from root. */
export interface Person {
  readonly uid: number;
  readonly login: string;
}

export const longestOpeningMs = 24 * 3_600_000;

/** Long enough for everybody who looks once a day. */
const latelyMs = 24 * 3_600_000;

export interface OpenState {
  /** The host is open. */
  readonly now?: { readonly opening: Opening; readonly leftMs: number };
  /** It is not, and was not long ago. */
  readonly lately?: Opening;
}

/**
 * Only the newest opening counts, for its time by a clock that nobody can set; a reboot ends it.
 * @param openings newest first
 */
export function openState(
  [newest]: readonly Opening[],
  now: { readonly moment: Moment; readonly wallMs: number },
): OpenState {
  if (newest === undefined) return {};
  const age = newest.closed === undefined ? elapsedMs(newest.since, now.moment) : undefined;
  if (age !== undefined && age < newest.ttlMs) {
    return { now: { opening: newest, leftMs: newest.ttlMs - age } };
  }
  return now.wallMs - newest.openedMs < latelyMs + newest.ttlMs ? { lately: newest } : {};
}

/** `opened by alice (uid 0) at … until … at the latest: reason`. */
export function openingText({ by, reason, openedMs, ttlMs, closed }: Opening): string {
  const end =
    closed === undefined
      ? `until ${timeText(openedMs + ttlMs)} at the latest`
      : `until ${timeText(closed.atMs)}, when ${personText(closed.by)} closed it`;
  return `opened by ${personText(by)} at ${timeText(openedMs)} ${end}: ${reason}`;
}

function personText({ login, uid }: Person): string {
  return `${login} (uid ${uid})`;
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
