import { describeDesired } from "./describe-desired.ts";
import type { DesiredState } from "./desired-state.ts";

export interface DesiredDiff {
  /** Lines of describeDesired, in its order. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * What changes for a host, in words. A line that moved past others is both
 * removed and added, because the first match decides. Absent: nothing is enforced yet.
 */
export function diffDesired(before: DesiredState | undefined, after: DesiredState): DesiredDiff {
  const old = before === undefined ? [] : describeDesired(before);
  const next = describeDesired(after);
  const positions = new Map(old.map((line, index) => [line, index]));
  const common = next.flatMap((line) => {
    const position = positions.get(line);
    return position === undefined ? [] : [{ line, position }];
  });
  const stayed = new Set(
    longestIncreasing(common.map(({ position }) => position)).map((index) => common[index]?.line),
  );
  return {
    added: next.filter((line) => !stayed.has(line)),
    removed: old.filter((line) => !stayed.has(line)),
  };
}

/** Indexes of a longest strictly increasing subsequence (patience sorting). */
function longestIncreasing(values: readonly number[]): readonly number[] {
  const tails: number[] = [];
  const previous: (number | undefined)[] = [];
  values.forEach((value, index) => {
    const pile = firstPileNotBelow(tails, values, value);
    previous[index] = tails[pile - 1];
    tails[pile] = index;
  });
  const chain: number[] = [];
  for (let index = tails.at(-1); index !== undefined; index = previous[index]) {
    chain.push(index);
  }
  return chain.reverse();
}

function firstPileNotBelow(
  tails: readonly number[],
  values: readonly number[],
  value: number,
): number {
  let low = 0;
  let high = tails.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const top = values[tails[middle] ?? 0] ?? 0;
    if (top < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
