import type { Family } from "./addresses.ts";
import { quoted } from "./quoted.ts";

/** A network: the first address of a block and the length of its prefix. */
export interface Cidr {
  readonly family: Family;
  /** No host bits set. */
  readonly network: bigint;
  readonly prefix: number;
}

export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

export type CidrParsed =
  | { readonly ok: true; readonly cidr: Cidr }
  | { readonly ok: false; readonly message: string };
export type AddressParsed =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly message: string };

const BITS = { IPv4: 32, IPv6: 128 } as const satisfies Record<Family, number>;
const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
const HEX_GROUP = /^[0-9a-f]{1,4}$/i;
const MAPPED_V4 = 0xffffn;

/** Bits of an address of this family. */
export function addressBits(family: Family): number {
  return BITS[family];
}

/**
 * Reads `address/prefix` as a person wrote it, strictly: what two programs could
 * read differently is refused. So no octal-looking digits, short forms, zone ids,
 * IPv4 inside IPv6, nor bits behind the prefix.
 */
export function parseCidr(text: string): CidrParsed {
  const parsed = readCidr(text);
  if (
    parsed.ok &&
    parsed.cidr.prefix >= 96 &&
    parsed.cidr.family === "IPv6" &&
    parsed.cidr.network >> 32n === MAPPED_V4
  ) {
    return refused(`${quoted(text)} is IPv4 inside IPv6: write it as an IPv4 CIDR`);
  }
  return parsed;
}

/**
 * Reads what `formatCidr` wrote; throws for anything else. Unlike `parseCidr` it
 * takes blocks of IPv4 inside IPv6: cutting a hole into ::/0 can leave one.
 */
export function cidrOfText(text: string): Cidr {
  const parsed = readCidr(text);
  if (!parsed.ok) {
    throw new Error(parsed.message);
  }
  return parsed.cidr;
}

function readCidr(text: string): CidrParsed {
  const slash = text.indexOf("/");
  if (slash < 0) {
    const alone = parseAddress(text);
    return alone.ok
      ? refused(
          `${quoted(text)} has no prefix length: write ${formatAddress(alone.address)}/${String(BITS[alone.address.family])}`,
        )
      : alone;
  }
  const parsed = parseAddress(text.slice(0, slash));
  if (!parsed.ok) {
    return parsed;
  }
  const { family, value } = parsed.address;
  const prefixText = text.slice(slash + 1);
  const prefix = DECIMAL.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (!(prefix <= BITS[family])) {
    return refused(
      `${quoted(text)} has no valid prefix length: an ${family} prefix is a number from 0 to ${String(BITS[family])}`,
    );
  }
  const network = value ^ (value & hostMask(family, prefix));
  if (network !== value) {
    const block = formatCidr({ family, network, prefix });
    return refused(
      `${quoted(text)} has bits set behind its prefix: write ${block} for the block or ${formatAddress(parsed.address)}/${String(BITS[family])} for the one address`,
    );
  }
  return { ok: true, cidr: { family, network, prefix } };
}

/** Reads one address, as strictly as `parseCidr`. */
export function parseAddress(text: string): AddressParsed {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

/** A block of one address, or an address alone; undefined for a wider block and what is neither. */
export function singleAddress(text: string): Address | undefined {
  const [address = "", prefix] = text.split("/");
  const parsed = parseAddress(address);
  if (!parsed.ok) return undefined;
  return prefix === undefined || prefix === String(BITS[parsed.address.family])
    ? parsed.address
    : undefined;
}

/** RFC 5952 for IPv6: lower case, no leading zeros, the longest run of zero groups as `::`. */
export function formatAddress({ family, value }: Address): string {
  return family === "IPv4" ? formatV4(value) : formatV6(value);
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress({ family: cidr.family, value: cidr.network })}/${String(cidr.prefix)}`;
}

/** The last address of the block. */
export function lastAddress({ family, network, prefix }: Cidr): bigint {
  return network | hostMask(family, prefix);
}

// Kept because address groups have thousands of blocks of a few lengths.
const HOST_MASKS = Array.from(
  { length: BITS.IPv6 + 1 },
  (_, hostBits) => (1n << BigInt(hostBits)) - 1n,
);

function hostMask(family: Family, prefix: number): bigint {
  const mask = HOST_MASKS[BITS[family] - prefix];
  if (mask === undefined) {
    throw new RangeError(`no ${family} prefix has length ${String(prefix)}`);
  }
  return mask;
}

function parseV4(text: string): AddressParsed {
  const octets = text.split(".");
  if (octets.some((octet) => /^0\d+$/.test(octet))) {
    return refused(
      `${quoted(text)} has an octet with a leading zero, which some programs read as octal: remove the zero`,
    );
  }
  if (octets.length !== 4 || octets.some((octet) => !DECIMAL.test(octet) || Number(octet) > 255)) {
    return refused(
      `${quoted(text)} is not an IP address: IPv4 is four numbers from 0 to 255 with dots between, IPv6 has colons`,
    );
  }
  return {
    ok: true,
    address: {
      family: "IPv4",
      value: octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n),
    },
  };
}

function parseV6(text: string): AddressParsed {
  if (text.includes("%")) {
    return refused(
      `${quoted(text)} has a zone id, which means something only on one host: remove it`,
    );
  }
  if (text.includes(".")) {
    return refused(
      `${quoted(text)} has an IPv4 address inside IPv6: write it as IPv4, or in hexadecimal groups`,
    );
  }
  const [head = "", tail, ...more] = text.split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const missing = 8 - before.length - after.length;
  // "::" stands for at least one group; without it all eight are there.
  const complete = more.length === 0 && (tail === undefined ? missing === 0 : missing > 0);
  if (!complete || ![...before, ...after].every((group) => HEX_GROUP.test(group))) {
    return refused(`${quoted(text)} is not an IPv6 address`);
  }
  const hex = `${before.map(padGroup).join("")}${"0000".repeat(missing)}${after.map(padGroup).join("")}`;
  return { ok: true, address: { family: "IPv6", value: BigInt(`0x${hex}`) } };
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}

function padGroup(group: string): string {
  return group.padStart(4, "0");
}

function formatV4(value: bigint): string {
  const number = Number(value);
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join(".");
}

function formatV6(value: bigint): string {
  const hex = value.toString(16).padStart(32, "0");
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number.parseInt(hex.slice(index * 4, index * 4 + 4), 16).toString(16),
  );
  const run = longestZeroRun(groups);
  if (run.length < 2) {
    return groups.join(":");
  }
  return `${groups.slice(0, run.start).join(":")}::${groups.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(groups: readonly string[]): {
  readonly start: number;
  readonly length: number;
} {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== "0") {
      start = index + 1;
    } else if (index + 1 - start > best.length) {
      best = { start, length: index + 1 - start };
    }
  });
  return best;
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
