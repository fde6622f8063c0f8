/** In [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of them, each at most once, in their order. */
export function some<T>(of: readonly T[], count: number, random: Random): readonly T[] {
  let wanted = Math.min(count, of.length);
  return of.filter((_, index) => {
    const isTaken = random() * (of.length - index) < wanted;
    if (isTaken) wanted -= 1;
    return isTaken;
  });
}
