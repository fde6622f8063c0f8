import {
  type Address,
  addressBits,
  type Cidr,
  type Family,
  formatAddress,
  formatCidr,
} from "@seawall/policy";
import { type Ends, isRedirected } from "./connection.ts";
import type { ConnectionJudge, End, Standing } from "./judge-connection.ts";

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

/** A filter, and of which end it takes others too. */
export interface WideFilter {
  readonly filter: ConnectionFilter;
  readonly end: End;
  readonly block: Cidr;
}

/**
 * This connection, and as many as can be told together with it that stand as it does: whoever changes entries of the
 * kernel reads all of them for each filter. Connections of the filter that are made meanwhile stand so too, but for
 * what somebody else than Docker redirects on its way to others; the next look finds that.
 */
export function filterAround(ends: Ends, standing: Standing, judge: ConnectionJudge): WideFilter {
  const { source, destination, protocol, port, answerer, answeringPort } = ends;
  const { family } = source;
  const common = { family, protocol, ...(port === undefined ? {} : { port }) };
  const widen = (end: End) =>
    widest(ends[end], (block) => judge.standsForAll(ends, end, block, standing));
  const from = widen("source");
  const to = isRedirected(ends) ? alone(destination) : widen("destination");
  if (to.prefix < from.prefix) {
    const filter = { ...common, source: alone(source), destination: to };
    return { filter, end: "destination", block: to };
  }
  const answered = { answerer, ...(answeringPort === undefined ? {} : { answeringPort }) };
  const filter = { ...common, source: from, destination: alone(destination), ...answered };
  return { filter, end: "source", block: from };
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
