import { type PacketHeader, readPacket } from "./read-packet.ts";
import type { PcapFormat, PcapRecord } from "./read-pcap.ts";

/** A packet that a rule has told NFLOG of. */
export interface LogEntry {
  readonly prefix: string;
  /** Indexes of the interfaces that it came in and goes out by; absent: by none. */
  readonly in?: number;
  readonly out?: number;
  readonly header: PacketHeader;
  /** Milliseconds since 1970, by the host's clock. */
  readonly atMs: number;
}

/** NFULA_… of linux/netfilter/nfnetlink_log.h */
const TIMESTAMP = 3;
const IN = 4;
const OUT = 5;
const PAYLOAD = 9;
const PREFIX = 10;

/** The family, the version and the group. */
const HEADER_BYTES = 4;

/** Reads what the kernel says of a packet, and the packet, which anybody may have sent. undefined: nothing to go by. */
export function readLogEntry(
  { data, atMs }: PcapRecord,
  { littleEndian }: PcapFormat,
): LogEntry | undefined {
  const values = valuesOf(data, littleEndian);
  const prefix = textOf(values.get(PREFIX));
  const header = readPacket(values.get(PAYLOAD) ?? new Uint8Array());
  if (prefix === undefined || header === undefined) return undefined;
  const [from, to] = [indexOf(values.get(IN)), indexOf(values.get(OUT))];
  return {
    prefix,
    ...(from === undefined ? {} : { in: from }),
    ...(to === undefined ? {} : { out: to }),
    header,
    atMs: timeOf(values.get(TIMESTAMP)) ?? atMs,
  };
}

/** Each by its type; length and type are in the byte order of the host, each begins at a multiple of 4. */
function valuesOf(data: Uint8Array, littleEndian: boolean): ReadonlyMap<number, Uint8Array> {
  const view = viewOf(data);
  const values = new Map<number, Uint8Array>();
  for (let at = HEADER_BYTES; at + 4 <= data.length; ) {
    const length = view.getUint16(at, littleEndian);
    if (length < 4 || at + length > data.length) break;
    // The upper two bits say how the value is encoded, not what it is.
    values.set(view.getUint16(at + 2, littleEndian) & 0x3fff, data.subarray(at + 4, at + length));
    at += Math.ceil(length / 4) * 4;
  }
  return values;
}

function textOf(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? value : value.subarray(0, end));
}

function indexOf(value: Uint8Array | undefined): number | undefined {
  return value?.length === 4 ? viewOf(value).getUint32(0) : undefined;
}

function timeOf(value: Uint8Array | undefined): number | undefined {
  if (value?.length !== 16) return undefined;
  const view = viewOf(value);
  return Number(view.getBigUint64(0)) * 1_000 + Math.floor(Number(view.getBigUint64(8)) / 1_000);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
