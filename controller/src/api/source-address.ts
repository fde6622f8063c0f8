import { isIP } from "node:net";

/** The address in gRPC's `address:port`, IPv4 also when it came in through an IPv6 socket. */
export function sourceAddress(peer: string): string {
  const address = peer.slice(0, peer.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address.replace(/%.*$/, "");
  return isIP(plain) === 0 ? peer : plain;
}
