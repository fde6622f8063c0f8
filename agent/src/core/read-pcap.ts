/** A packet of a capture, as it was recorded. */
export interface PcapRecord {
  readonly data: Uint8Array;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Where a capture was read up to; it goes on with the next bytes. */
export interface PcapPosition {
  readonly format?: PcapFormat;
  /** Of what was begun and is not complete yet. */
  readonly rest: Uint8Array;
}

export interface PcapFormat {
  readonly littleEndian: boolean;
  readonly fractionsPerMs: number;
}

export const pcapStart: PcapPosition = { rest: new Uint8Array() };

export type PcapRead =
  | {
      readonly kind: "records";
      readonly records: readonly PcapRecord[];
      readonly position: PcapPosition;
    }
  /** This is no capture of NFLOG entries, so nothing behind it can be read. */
  | { readonly kind: "broken"; readonly message: string };

const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const NANOSECONDS = 0xa1b2_3c4d;
const MICROSECONDS = 0xa1b2_c3d4;
/** LINKTYPE_NFLOG, https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html */
const NFLOG = 239;
/** An IP packet and what comes with it are never longer. */
const LONGEST_RECORD = 128 * 1_024;

/**
 * The records that are complete with this chunk of a capture (https://www.tcpdump.org/manpages/pcap-savefile.5.html).
 * What is kept for later is less than one record.
 */
export function readPcap({ format: known, rest }: PcapPosition, chunk: Uint8Array): PcapRead {
  const bytes = joined(rest, chunk);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (known === undefined && bytes.length < HEADER_BYTES) {
    return { kind: "records", records: [], position: { rest: bytes } };
  }
  const format = known ?? formatOf(view);
  if (format === undefined) return { kind: "broken", message: "not a capture of NFLOG entries" };
  const records: PcapRecord[] = [];
  let at = known === undefined ? HEADER_BYTES : 0;
  while (at + RECORD_HEADER_BYTES <= bytes.length) {
    const length = view.getUint32(at + 8, format.littleEndian);
    if (length > LONGEST_RECORD) {
      return { kind: "broken", message: `a record of ${String(length)} bytes` };
    }
    const begin = at + RECORD_HEADER_BYTES;
    if (begin + length > bytes.length) break;
    const seconds = view.getUint32(at, format.littleEndian);
    const fraction = view.getUint32(at + 4, format.littleEndian);
    const atMs = seconds * 1_000 + Math.floor(fraction / format.fractionsPerMs);
    records.push({ data: bytes.subarray(begin, begin + length), atMs });
    at = begin + length;
  }
  return { kind: "records", records, position: { format, rest: bytes.slice(at) } };
}

function formatOf(view: DataView): PcapFormat | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic !== MICROSECONDS && magic !== NANOSECONDS) continue;
    // The upper bits of the link type are for what follows a packet.
    if ((view.getUint32(20, littleEndian) & 0xffff) !== NFLOG) return undefined;
    return { littleEndian, fractionsPerMs: magic === MICROSECONDS ? 1_000 : 1_000_000 };
  }
  return undefined;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
