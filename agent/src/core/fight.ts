import { type Difference, differenceId } from "./diff.ts";

/** Who repairs more often than this within a minute is in a fight: somebody undoes every repair. */
const REPAIRS_AT_ONCE = 5;
const WITHIN_MS = 60_000;

const FIRST_WAIT_MS = 1_000;
// No longer: for as long, the host is not as it should be. Repairs so seldom cost next to nothing.
const LONGEST_WAIT_MS = 10_000;

/** The repairs of one difference. */
interface Repairs {
  /** Of the last minute; newest last. */
  readonly atMs: readonly number[];
  /** How long it is left as it is, once it is found again. 0: it is repaired at once. */
  readonly waitMs: number;
}

/** By difference. Only those that are repaired again and again are remembered for longer than a minute. */
export type Fights = ReadonlyMap<string, Repairs>;

export const noFights: Fights = new Map();

/**
 * These have been repaired: the more often they were lately, the longer the next repair waits. It never ends. Docker is no fighter:
 * before 28 each network that it makes, at its start or when firewalld reloads, goes ahead of the jump to DOCKER-USER.
 */
export function repaired(fights: Fights, drift: readonly Difference[], nowMs: number): Fights {
  const after = new Map(fights);
  for (const difference of drift.filter((it) => !("byDocker" in it))) {
    const id = differenceId(difference);
    const { atMs, waitMs } = fights.get(id) ?? { atMs: [], waitMs: 0 };
    const recent = [...atMs.filter((at) => nowMs - at < WITHIN_MS), nowMs];
    const isFight = waitMs > 0 || recent.length > REPAIRS_AT_ONCE;
    after.set(id, { atMs: recent, waitMs: isFight ? longer(waitMs) : 0 });
  }
  return after;
}

function longer(waitMs: number): number {
  return waitMs === 0 ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
}

/** Without those in which nothing has happened for so long that it is over. */
export function ongoing(fights: Fights, nowMs: number): Fights {
  return new Map([...fights].filter(([, it]) => nowMs - lastOf(it) < it.waitMs + WITHIN_MS));
}

/** Those of a drift that are not to be repaired yet, and when the first of them is. */
export function toWaitFor(
  fights: Fights,
  drift: readonly Difference[],
  nowMs: number,
): { readonly differences: readonly Difference[]; readonly untilMs: number } {
  const dueMs = (it: Difference): number => {
    const repairs = fights.get(differenceId(it));
    return repairs === undefined || repairs.waitMs === 0 ? 0 : lastOf(repairs) + repairs.waitMs;
  };
  const differences = drift.filter((it) => dueMs(it) > nowMs);
  return { differences, untilMs: Math.min(...differences.map(dueMs)) };
}

/** What is undone again and again, in words. */
export function fought(fights: Fights): readonly string[] {
  return [...fights].flatMap(([id, { waitMs }]) => (waitMs > 0 ? [id] : []));
}

function lastOf({ atMs }: Repairs): number {
  return atMs.at(-1) ?? 0;
}
