/**
 * Addresses as the kernel compares them: numbers and the ranges that CIDRs are. Written anew, because the code
 * under test has its own.
 */
export type AddressMatch = (address: string) => boolean;

interface Range {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const cidrMatches = new Map<string, AddressMatch>();

/** One CIDR, or an address for itself. Drawings have few, and thousands of rules name them. */
export function cidrMatch(text: string): AddressMatch {
  const known = cidrMatches.get(text);
  if (known !== undefined) return known;
  const range = rangeOf(text);
  const match = (address: string) => isIn(range, address);
  cidrMatches.set(text, match);
  return match;
}

/** What a hash:net set holds. */
export function setMatch(cidrs: readonly string[]): AddressMatch {
  const ranges = cidrs.map(rangeOf);
  const answers = new Map<string, boolean>();
  return (address) => {
    const known = answers.get(address) ?? ranges.some((range) => isIn(range, address));
    answers.set(address, known);
    return known;
  };
}

/** Reports whether no two of them have an address in common: nft refuses those that do. */
export function areDisjoint(cidrs: readonly string[]): boolean {
  const ranges = cidrs
    .map(rangeOf)
    .toSorted((a, b) => a.family - b.family || (a.first < b.first ? -1 : 1));
  return ranges.every(({ family, first }, index) => {
    const before = ranges[index - 1];
    return before === undefined || before.family !== family || before.last < first;
  });
}

function isIn({ family, first, last }: Range, address: string): boolean {
  const parsed = numberOf(address);
  return parsed.family === family && parsed.value >= first && parsed.value <= last;
}

function rangeOf(text: string): Range {
  const [network = "", length] = text.split("/");
  const { family, value } = numberOf(network);
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (!(prefix >= 0 && prefix <= bits)) throw new Error(`not a CIDR: ${text}`);
  const size = 1n << BigInt(bits - prefix);
  const first = value - (value % size);
  return { family, first, last: first + size - 1n };
}

interface Parsed {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const numbers = new Map<string, Parsed>();

function numberOf(address: string): Parsed {
  const known = numbers.get(address);
  if (known !== undefined) return known;
  const parsed: Parsed = address.includes(":")
    ? { family: 6, value: sixOf(address) }
    : { family: 4, value: fourOf(address) };
  numbers.set(address, parsed);
  return parsed;
}

function fourOf(address: string): bigint {
  return address.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function sixOf(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array.from(
    { length: tail === undefined ? 0 : 8 - left.length - right.length },
    () => "0",
  );
  return [...left, ...zeros, ...right].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}
