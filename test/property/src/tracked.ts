import type { Connection, ConnectionFilter, ConnectionGround } from "@seawall/agent/core";
import {
  type Address,
  addressBits,
  type Cidr,
  lastAddress,
  type Packet,
  parseAddress,
  parseCidr,
  type ResolvedState,
} from "@seawall/policy";
import { bridges, hostAddresses, managementAddresses, places } from "./drawn-addresses.ts";

/** What is on each link: the addresses of the drawings, and many beside them. */
const links: Readonly<Record<string, readonly string[]>> = {
  [bridges[0]]: ["10.20.9.0/25", "2001:db8:7::/64"],
  [bridges[1]]: ["10.20.9.128/25", "2001:db8:7:1::/64"],
  [bridges[2]]: ["192.0.2.0/25", "2001:db8:7:2::/64"],
  eth1: ["10.20.10.0/24", "2001:db8:7:3::/64"],
  eth2: ["11.0.0.0/8", "2001:db9::/32"],
  "br-somebody": ["10.19.0.0/16", "2001:db8:6::/48"],
};

/** One of the host's own by which nobody reaches the controller. */
const otherAddresses = { IPv4: "172.16.3.1", IPv6: "fd16::3:1" } as const;

/** The host of the drawings: everybody is on the link where he belongs. */
export function groundOf(state: ResolvedState): ConnectionGround {
  return {
    routes: {
      own: [...Object.values(managementAddresses).flat(), ...Object.values(otherAddresses)].map(
        (text) => alone(address(text)),
      ),
      routes: Object.entries(links).flatMap(([name, blocks]) =>
        blocks.map((text) => ({
          ...{ to: block(text), interface: name },
          ...{ metric: 0, isFar: false },
        })),
      ),
    },
    dockerBridges: bridges,
    named: state.interfaces.map((one) => one.interface),
    bridgeNf: { IPv4: true, IPv6: true },
  };
}

/** From everybody to everybody and to the host itself, each as this packet is otherwise. */
export function fromEachToEach(packet: Packet): readonly Packet[] {
  const { publishedPort, publishedAddress, protocol, destinationPort } = packet;
  const ports = destinationPort === undefined ? {} : { destinationPort };
  return families.flatMap((family) =>
    places.flatMap((from) => {
      const source = address(from.addresses[family]);
      const [, advertised] = managementAddresses[family];
      const called =
        publishedAddress === undefined || advertised === undefined
          ? {}
          : { publishedAddress: address(advertised) };
      const begun = { protocol, source, in: from.interface, ...ports };
      return [
        { ...begun, destination: address(hostAddresses[family]) },
        ...places.map((to) => ({
          ...{ ...begun, destination: address(to.addresses[family]), out: to.interface },
          ...(publishedPort === undefined ? {} : { publishedPort, ...called }),
        })),
      ];
    }),
  );
}

const families = ["IPv4", "IPv6"] as const;

/** As the kernel tracks the connection that this packet began. */
export function tracked(packet: Packet, isCut: boolean): Connection {
  const { protocol, source, destination, destinationPort, publishedPort } = packet;
  const { publishedAddress = address(otherAddresses[source.family]) } = packet;
  const called = publishedPort === undefined ? destination : publishedAddress;
  return {
    protocol,
    source,
    destination: called,
    answerer: destination,
    ...(destinationPort === undefined
      ? {}
      : { port: publishedPort ?? destinationPort, answeringPort: destinationPort }),
    isCut,
    isOver: false,
    isAnswered: true,
    isExpected: false,
  };
}

/** What conntrack -U leaves of a connection. */
export function marked(
  connection: Connection,
  filters: readonly ConnectionFilter[],
  isCut: boolean,
): Connection {
  return filters.some((filter) => matches(filter, connection))
    ? { ...connection, isCut }
    : connection;
}

function matches(filter: ConnectionFilter, { source, destination, ...of }: Connection): boolean {
  return (
    filter.family === source.family &&
    (filter.protocol ?? of.protocol) === of.protocol &&
    (filter.source === undefined || lies(source, filter.source)) &&
    (filter.destination === undefined || lies(destination, filter.destination)) &&
    (filter.port ?? of.port) === of.port &&
    (filter.answerer?.value ?? of.answerer.value) === of.answerer.value &&
    (filter.answeringPort ?? of.answeringPort) === of.answeringPort
  );
}

function lies({ value }: Address, block: Cidr): boolean {
  return block.network <= value && value <= lastAddress(block);
}

function alone({ family, value }: Address): Cidr {
  return { family, network: value, prefix: addressBits(family) };
}

function block(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.cidr;
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}
