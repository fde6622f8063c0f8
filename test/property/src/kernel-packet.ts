import { formatAddress, type Packet, remembered } from "@seawall/policy";

/** The first packet of a connection in the words of iptables. */
export interface KernelPacket {
  readonly protocol: "tcp" | "udp" | "icmp" | "ipv6-icmp";
  readonly source: string;
  readonly destination: string;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly in: string;
  /** Absent: it is for the host itself and goes through INPUT. */
  readonly out?: string;
  readonly state: "NEW" | "ESTABLISHED" | "RELATED";
  /** Port before DNAT; present exactly when the connection was DNATed. */
  readonly originalPort?: number;
  /** Likewise its destination; absent: some other address of the host. */
  readonly originalAddress?: string;
}

const textOf = remembered(formatAddress);

export function kernelPacket(packet: Packet): KernelPacket {
  const isFour = packet.source.family === "IPv4";
  const protocols = { TCP: "tcp", UDP: "udp", ICMP: isFour ? "icmp" : "ipv6-icmp" } as const;
  return {
    protocol: protocols[packet.protocol],
    source: textOf(packet.source),
    destination: textOf(packet.destination),
    in: packet.in,
    ...(packet.out === undefined ? {} : { out: packet.out }),
    state: "NEW",
    // An echo request: what always passes is no first packet.
    ...(packet.protocol === "ICMP" ? { icmpType: isFour ? 8 : 128 } : {}),
    ...(packet.destinationPort === undefined ? {} : { destinationPort: packet.destinationPort }),
    ...(packet.publishedPort === undefined ? {} : { originalPort: packet.publishedPort }),
    ...(packet.publishedAddress === undefined
      ? {}
      : { originalAddress: textOf(packet.publishedAddress) }),
  };
}
