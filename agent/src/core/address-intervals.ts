import { type Address, type Cidr, type Family, lastAddress } from "@seawall/policy";

/**
 * The addresses of both families, cut wherever one of some blocks begins or ends: addresses of one interval lie in
 * the same ones of these blocks, so whatever looks at nothing else says the same of all of them.
 */
export interface AddressIntervals {
  indexOf(address: Address): number;
  /** The first address of an interval of this family. */
  first(family: Family, index: number): Address;
}

export function addressIntervals(blocks: readonly Cidr[]): AddressIntervals {
  const starts = { IPv4: startsOf(blocks, "IPv4"), IPv6: startsOf(blocks, "IPv6") };
  return {
    indexOf: ({ family, value }) => lastNotAbove(starts[family], value),
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

function lastNotAbove(sorted: readonly bigint[], value: bigint): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? value) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
