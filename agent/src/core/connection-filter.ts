import {
  type Address,
  addressBits,
  type Cidr,
  type Family,
  formatAddress,
  formatCidr,
} from "@seawall/policy";
import { type Ends, isRedirected } from "./connection.ts";
import type { ConnectionJudge, ConnectionVerdict, End, Others } from "./judge-connection.ts";

/** Live connections, told by what of them is said here. Whatever is absent may be anything. */
export interface ConnectionFilter {
  readonly family: Family;
  readonly protocol?: Ends["protocol"];
  readonly source?: Cidr;
  readonly destination?: Cidr;
  readonly port?: number;
  readonly answerer?: Address;
  readonly answeringPort?: number;
}

/** A filter, and which others it takes beside the connection that it was made for. */
export interface WideFilter {
  readonly filter: ConnectionFilter;
  readonly others: Others;
}

/**
 * This connection, and as many as can be told together with it that have the same verdict: whoever changes entries of
 * the kernel reads all of them for each filter. It holds for connections that are made meanwhile, too, but for what
 * somebody else than Docker redirects on its way to others; the next look finds that.
 */
export function filterAround(
  ends: Ends,
  verdict: ConnectionVerdict,
  judge: ConnectionJudge,
): WideFilter {
  const { source, destination, protocol, port, answerer, answeringPort } = ends;
  const { family } = source;
  const isSame = (others: Others) => judge.isSameForAll(ends, others, verdict);
  const widen = (end: End) => widest(ends[end], (block) => isSame({ end, block, anyPort: false }));
  const isDirect = !isRedirected(ends);
  const from = widen("source");
  const to = isDirect ? widen("destination") : alone(destination);
  const [end, block] =
    to.prefix < from.prefix ? (["destination", to] as const) : (["source", from] as const);
  const anyPort = isDirect && port !== undefined && isSame({ end, block, anyPort: true });
  const ports = anyPort || port === undefined ? {} : { port };
  const answeringPorts = anyPort || answeringPort === undefined ? {} : { answeringPort };
  const filter =
    end === "destination"
      ? { family, protocol, ...ports, source: alone(source), destination: to }
      : {
          ...{ family, protocol, ...ports, source: from, destination: alone(destination) },
          ...{ answerer, ...answeringPorts },
        };
  return { filter, others: { end, block, anyPort } };
}

/** The largest block around an address, grown by halves of which each has to hold. */
function widest(address: Address, holds: (half: Cidr) => boolean): Cidr {
  const { family } = address;
  let block = alone(address);
  while (block.prefix > 0) {
    const { network, prefix } = block;
    const size = 1n << BigInt(addressBits(family) - prefix);
    const other = { family, network: network ^ size, prefix };
    if (!holds(other)) break;
    block = { family, network: network & ~size, prefix: prefix - 1 };
  }
  return block;
}

function alone({ family, value }: Address): Cidr {
  return { family, network: value, prefix: addressBits(family) };
}

const protocolNames = {
  IPv4: { TCP: "tcp", UDP: "udp", ICMP: "icmp" },
  IPv6: { TCP: "tcp", UDP: "udp", ICMP: "icmpv6" },
} as const;

/** As `conntrack` takes it. The family is always said: without it, version 1.4.7 changes nothing. */
export function filterArgs(filter: ConnectionFilter): readonly string[] {
  const { family, protocol, source, destination, port, answerer, answeringPort } = filter;
  return [
    ...["--family", family.toLowerCase()],
    ...(protocol === undefined ? [] : ["--protonum", protocolNames[family][protocol]]),
    ...(source === undefined ? [] : ["--orig-src", formatCidr(source)]),
    ...(destination === undefined ? [] : ["--orig-dst", formatCidr(destination)]),
    ...(port === undefined ? [] : ["--orig-port-dst", String(port)]),
    ...(answerer === undefined ? [] : ["--reply-src", formatAddress(answerer)]),
    ...(answeringPort === undefined ? [] : ["--reply-port-src", String(answeringPort)]),
  ];
}
