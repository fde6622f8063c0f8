import { type Address, singleAddress } from "./cidr.ts";
import type { PublishedPort } from "./host-view.ts";
import type { BridgeAddress } from "./published-path.ts";
import type { Packet } from "./simulate.ts";

/** A client that calls a published port. */
export interface Caller {
  readonly source: Address;
  /** By which interface it comes. */
  readonly in: string;
  /** What it calls; absent: whichever address of the host. */
  readonly called?: Address;
}

/** No policy speaks of SCTP. */
type Binding = PublishedPort & { readonly protocol: "TCP" | "UDP" };

/** What policies are asked about where Docker redirects the client to this end of the container. */
export function redirectedPacket(
  { protocol, hostPort, containerPort }: Binding,
  { source, in: enters }: Caller,
  { network, address }: BridgeAddress,
): Packet {
  return {
    ...{ protocol, source, destination: address, in: enters, out: network.bridge },
    ...{ destinationPort: containerPort, publishedPort: hostPort },
  };
}

/** The same where docker-proxy accepts: it is for the host itself. */
export function proxiedPacket(
  { protocol, hostAddress, hostPort }: Binding,
  { source, in: enters, called }: Caller,
): Packet {
  const everyAddress: Address = { family: source.family, value: 0n };
  const destination = called ?? singleAddress(hostAddress) ?? everyAddress;
  return { protocol, source, destination, destinationPort: hostPort, in: enters };
}
