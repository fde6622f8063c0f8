import type { AddressMatch } from "./address-match.ts";
import type { KernelPacket } from "./kernel-packet.ts";

/** Whether a packet was sent to such an address: without a DNAT the original destination is the destination. */
export function originalDestination(match: AddressMatch): (packet: KernelPacket) => boolean {
  return ({ originalAddress, originalPort, destination }) => {
    const address = originalPort === undefined ? destination : originalAddress;
    return address !== undefined && match(address);
  };
}
