import { addressSetOfRanges } from "./address-set.ts";
import { type Address, addressBits, type Cidr, cidrOfText, lastAddress } from "./cidr.ts";
import type { AddressSet, Family } from "./desired-state.ts";
import { addressIntervals } from "./intervals.ts";

/** A set of addresses of a space: a bit for each of its intervals. */
export type AddressBits = bigint;

/**
 * The addresses of both families, cut wherever one of some blocks begins or ends. Sets that are made of these blocks are
 * numbers here, so that to intersect, join and compare them costs next to nothing.
 */
export interface AddressSpace {
  every(family: Family): AddressBits;
  /** Of a set that is made of the space's blocks. */
  bitsOf(set: AddressSet): AddressBits;
  /** The interval that the address lies in. */
  bitOf(address: Address): AddressBits;
  setOf(bits: AddressBits): AddressSet;
}

export function addressSpace(blocks: readonly Cidr[]): AddressSpace {
  const intervals = addressIntervals(blocks);
  const last = (family: Family) => (1n << BigInt(addressBits(family))) - 1n;
  const behindIPv4 = intervals.indexOf({ family: "IPv4", value: last("IPv4") }) + 1;
  const behindIPv6 = behindIPv4 + intervals.indexOf({ family: "IPv6", value: last("IPv6") }) + 1;
  const indexOf = (address: Address) =>
    intervals.indexOf(address) + (address.family === "IPv4" ? 0 : behindIPv4);
  const run = (from: number, behind: number) =>
    ((1n << BigInt(behind - from)) - 1n) << BigInt(from);
  const every = { IPv4: run(0, behindIPv4), IPv6: run(behindIPv4, behindIPv6) };
  const known = new Map<AddressSet, AddressBits>();

  const bitsOfBlock = (block: Cidr): AddressBits => {
    const { family, network: value } = block;
    const from = indexOf({ family, value });
    return run(from, indexOf({ family, value: lastAddress(block) }) + 1);
  };
  const rangeOf = (family: Family, index: number) => {
    const [from, behind] = family === "IPv4" ? [0, behindIPv4] : [behindIPv4, behindIPv6];
    const next = index + 1 === behind ? undefined : intervals.first(family, index + 1 - from);
    return {
      family,
      first: intervals.first(family, index - from).value,
      last: next === undefined ? last(family) : next.value - 1n,
    };
  };

  return {
    every: (family) => every[family],
    bitsOf: (set) => {
      const before = known.get(set);
      if (before !== undefined) return before;
      const bits = [...set.v4, ...set.v6]
        .map(cidrOfText)
        .reduce((all, block) => all | bitsOfBlock(block), 0n);
      known.set(set, bits);
      return bits;
    },
    bitOf: (address) => 1n << BigInt(indexOf(address)),
    setOf: (bits) =>
      addressSetOfRanges(
        indexesOf(bits).map((index) => rangeOf(index < behindIPv4 ? "IPv4" : "IPv6", index)),
      ),
  };
}

/** Where bits are set, ascending. */
export function indexesOf(bits: bigint): readonly number[] {
  const digits = bits.toString(2);
  const last = digits.length - 1;
  return Array.from(digits, (digit, place) => (digit === "1" ? last - place : -1))
    .filter((index) => index >= 0)
    .reverse();
}
