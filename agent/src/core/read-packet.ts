import { type Family, formatAddress } from "@seawall/policy";

/** What the headers of a packet say of its connection. */
export interface PacketHeader {
  /** `TCP`, `UDP`, `SCTP`, `ICMP` in both families, or the number of another. */
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  /** The one it is sent to. Absent: the protocol has none, or this is not the first fragment. */
  readonly port?: number;
}

const named: ReadonlyMap<number, string> = new Map([
  [1, "ICMP"],
  [6, "TCP"],
  [17, "UDP"],
  [58, "ICMP"],
  [132, "SCTP"],
]);
const withPorts = new Set(["TCP", "UDP", "SCTP"]);

/** Reads an IP packet, of which the end may be cut off. undefined: not even its addresses are there. */
export function readPacket(bytes: Uint8Array): PacketHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 1) return undefined;
  switch (view.getUint8(0) >> 4) {
    case 4:
      return readIPv4(view);
    case 6:
      return readIPv6(view);
    default:
      return undefined;
  }
}

function readIPv4(view: DataView): PacketHeader | undefined {
  if (view.byteLength < 20) return undefined;
  const isFirst = (view.getUint16(6) & 0x1fff) === 0;
  return {
    ...transport(view, view.getUint8(9), isFirst ? (view.getUint8(0) & 0xf) * 4 : undefined),
    source: addressAt(view, 12, "IPv4"),
    destination: addressAt(view, 16, "IPv4"),
  };
}

function readIPv6(view: DataView): PacketHeader | undefined {
  if (view.byteLength < 40) return undefined;
  const { protocol, begin } = behindExtensions(view);
  return {
    ...transport(view, protocol, begin),
    source: addressAt(view, 8, "IPv6"),
    destination: addressAt(view, 24, "IPv6"),
  };
}

/** Hop-by-hop options, routing, destination options: RFC 8200, 4. */
const extensions = new Set([0, 43, 60]);
const FRAGMENT = 44;

/** `begin` is undefined where the transport's header is not in this packet, or not in what there is of it. */
function behindExtensions(view: DataView): {
  readonly protocol: number;
  readonly begin: number | undefined;
} {
  let protocol = view.getUint8(6);
  let begin: number | undefined = 40;
  // Every one is 8 bytes at least, so this ends with what there is.
  while ((extensions.has(protocol) || protocol === FRAGMENT) && begin !== undefined) {
    if (begin + 8 > view.byteLength) return { protocol, begin: undefined };
    const next = view.getUint8(begin);
    if (protocol === FRAGMENT) {
      const isFirst: boolean = (view.getUint16(begin + 2) & 0xfff8) === 0;
      begin = isFirst ? begin + 8 : undefined;
    } else {
      begin += (view.getUint8(begin + 1) + 1) * 8;
    }
    protocol = next;
  }
  return { protocol, begin };
}

function transport(
  view: DataView,
  number: number,
  begin: number | undefined,
): Pick<PacketHeader, "protocol" | "port"> {
  const protocol = named.get(number) ?? String(number);
  if (begin === undefined || !withPorts.has(protocol) || begin + 4 > view.byteLength) {
    return { protocol };
  }
  return { protocol, port: view.getUint16(begin + 2) };
}

function addressAt(view: DataView, at: number, family: Family): string {
  const value =
    family === "IPv4"
      ? BigInt(view.getUint32(at))
      : (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
  return formatAddress({ family, value });
}
