import { type Address, type Cidr, lastAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";

/**
 * The addresses of both families, cut wherever one of some blocks begins or ends: whatever looks at nothing else
 * says the same of all addresses of an interval.
 */
export interface AddressIntervals {
  indexOf(address: Address): number;
  /** The first address of an interval of this family. */
  first(family: Family, index: number): Address;
}

export function addressIntervals(blocks: readonly Cidr[]): AddressIntervals {
  const starts = { IPv4: startsOf(blocks, "IPv4"), IPv6: startsOf(blocks, "IPv6") };
  return {
    indexOf: ({ family, value }) => intervalOf(starts[family], value),
    first: (family, index) => ({ family, value: starts[family][index] ?? 0n }),
  };
}

function startsOf(blocks: readonly Cidr[], family: Family): readonly bigint[] {
  const starts = new Set([0n]);
  for (const block of blocks) {
    if (block.family !== family) continue;
    starts.add(block.network);
    // Behind the last address of all there is none; an interval there is never asked for.
    starts.add(lastAddress(block) + 1n);
  }
  return [...starts].toSorted((a, b) => (a < b ? -1 : 1));
}

/** The index of the last start that is not above the value. They ascend, and the first is not above any. */
export function intervalOf<T extends number | bigint>(starts: readonly T[], value: T): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? value) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
