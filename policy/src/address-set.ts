import type { AddressSet, Family } from "./addresses.ts";
import {
  type Address,
  addressBits,
  type Cidr,
  cidrOfText,
  formatCidr,
  lastAddress,
  parseAddress,
} from "./cidr.ts";

/**
 * Set algebra on addresses. Every set that leaves here is canonical: the fewest
 * CIDRs that cover it, disjoint, in numerical order; so equal sets are equal text.
 */
const FAMILIES = ["IPv4", "IPv6"] as const satisfies readonly Family[];

/** Inclusive. Lists of these are sorted and neither overlap nor touch. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

type Ranges = Readonly<Record<Family, readonly Range[]>>;

export const emptyAddressSet: AddressSet = { v4: [], v6: [] };

/** The addresses of all these blocks. */
export function addressSetOf(cidrs: Iterable<Cidr>): AddressSet {
  return toSet(rangesOf(cidrs));
}

/** The addresses from each first one to the last, both included. */
export function addressSetOfRanges(
  ranges: Iterable<{ readonly family: Family; readonly first: bigint; readonly last: bigint }>,
): AddressSet {
  const sorted: Record<Family, Range[]> = { IPv4: [], IPv6: [] };
  for (const { family, first, last } of ranges) sorted[family].push({ first, last });
  return toSet({ IPv4: mergeRanges(sorted.IPv4), IPv6: mergeRanges(sorted.IPv6) });
}

/** For texts that were validated before: throws for one that is not a CIDR. */
export function addressSetOfTexts(texts: readonly string[]): AddressSet {
  return addressSetOf(texts.map(cidrOfText));
}

/** Of single addresses, as somebody else wrote them: one that cannot be read is left out. */
export function addressSetOfSingles(texts: readonly string[]): AddressSet {
  return addressSetOf(
    texts.map(parseAddress).flatMap((parsed) => {
      if (!parsed.ok) return [];
      const { family, value } = parsed.address;
      return [{ family, network: value, prefix: addressBits(family) }];
    }),
  );
}

export function unionAddressSets(sets: readonly AddressSet[]): AddressSet {
  const [only = emptyAddressSet, ...others] = sets.filter((set) => !isEmptyAddressSet(set));
  // Canonical as it is, and to read and write thousands of blocks takes milliseconds.
  return others.length === 0 ? only : addressSetOf([only, ...others].flatMap(cidrsOf));
}

/** What is in `from` and not in `removed`. */
export function subtractAddressSets(from: AddressSet, removed: AddressSet): AddressSet {
  const left = rangesOf(cidrsOf(from));
  const right = rangesOf(cidrsOf(removed));
  return toSet({
    IPv4: subtractRanges(left.IPv4, right.IPv4),
    IPv6: subtractRanges(left.IPv6, right.IPv6),
  });
}

/** What is in both. */
export function intersectAddressSets(a: AddressSet, b: AddressSet): AddressSet {
  return subtractAddressSets(a, subtractAddressSets(a, b));
}

export function addressSetContains(set: AddressSet, { family, value }: Address): boolean {
  const ranges = readOnce(set)[family];
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.last ?? value) < value) low = middle + 1;
    else high = middle;
  }
  return (ranges[low]?.first ?? value + 1n) <= value;
}

// Kept because the same sets are asked over and over, and reading thousands of blocks takes milliseconds.
const readSets = new WeakMap<AddressSet, Ranges>();

function readOnce(set: AddressSet): Ranges {
  const ranges = readSets.get(set) ?? rangesOf(cidrsOf(set));
  readSets.set(set, ranges);
  return ranges;
}

export function isEmptyAddressSet(set: AddressSet): boolean {
  return set.v4.length === 0 && set.v6.length === 0;
}

/** Reports whether every address of `inner` lies in `outer`. */
export function cidrContains(outer: Cidr, inner: Cidr): boolean {
  return (
    outer.family === inner.family &&
    outer.network <= inner.network &&
    lastAddress(inner) <= lastAddress(outer)
  );
}

function cidrsOf(set: AddressSet): readonly Cidr[] {
  return [...set.v4, ...set.v6].map(cidrOfText);
}

function rangesOf(cidrs: Iterable<Cidr>): Ranges {
  const ranges: Record<Family, Range[]> = { IPv4: [], IPv6: [] };
  for (const cidr of cidrs) {
    ranges[cidr.family].push({ first: cidr.network, last: lastAddress(cidr) });
  }
  return { IPv4: mergeRanges(ranges.IPv4), IPv6: mergeRanges(ranges.IPv6) };
}

function mergeRanges(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of ranges.toSorted((a, b) =>
    a.first < b.first ? -1 : a.first > b.first ? 1 : 0,
  )) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1n) {
      merged[merged.length - 1] = {
        first: before.first,
        last: range.last > before.last ? range.last : before.last,
      };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

function subtractRanges(from: readonly Range[], removed: readonly Range[]): readonly Range[] {
  const left: Range[] = [];
  let next = 0;
  for (const range of from) {
    let first = range.first;
    // A hole may reach over several ranges, so it is left behind only once it ends before this one.
    for (
      let hole = removed[next];
      hole !== undefined && hole.first <= range.last;
      hole = removed[next]
    ) {
      if (hole.first > first) {
        left.push({ first, last: hole.first - 1n });
      }
      if (hole.last >= first) {
        first = hole.last + 1n;
      }
      if (hole.last > range.last) {
        break;
      }
      next += 1;
    }
    if (first <= range.last) {
      left.push({ first, last: range.last });
    }
  }
  return left;
}

function toSet(ranges: Ranges): AddressSet {
  const [v4, v6] = FAMILIES.map((family) =>
    ranges[family].flatMap((range) => cidrsOfRange(family, range)),
  );
  return { v4: v4 ?? [], v6: v6 ?? [] };
}

// The largest block that is aligned at the start and fits: as few blocks as the range allows.
function cidrsOfRange(family: Family, range: Range): readonly string[] {
  const bits = addressBits(family);
  const cidrs: string[] = [];
  let first = range.first;
  while (first <= range.last) {
    const aligned = first === 0n ? bits : floorLog2(first & -first);
    const hostBits = Math.min(aligned, floorLog2(range.last - first + 1n));
    cidrs.push(formatCidr({ family, network: first, prefix: bits - hostBits }));
    first += 1n << BigInt(hostBits);
  }
  return cidrs;
}

function floorLog2(value: bigint): number {
  return value.toString(2).length - 1;
}
