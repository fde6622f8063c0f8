import { type Address, formatAddress } from "./cidr.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { Packet } from "./simulate.ts";

/** An end of a test that is Docker's: what is absent may be any. */
export interface DockerEnd {
  readonly network?: string;
  readonly container?: string;
}

/** An end of a test outside Docker. */
export interface AddressEnd {
  /** Or a block of them. */
  readonly address: string;
  /** Of the host, that it is behind; absent: whichever. */
  readonly interface?: string;
}

/** Where a test begins. */
export function sourceOf({ from }: PolicyTest): AddressEnd | DockerEnd {
  if (typeof from === "string") return { address: from };
  const { address, interface: via } = from;
  return address === undefined ? from : endAt(address, via);
}

/** Where it goes. */
export function destinationOf({ to }: PolicyTest): AddressEnd | DockerEnd {
  return to.address === undefined ? to : endAt(to.address, to.interface);
}

function endAt(address: string, via: string | undefined): AddressEnd {
  return { address, ...(via === undefined ? {} : { interface: via }) };
}

export function isAddress(end: AddressEnd | DockerEnd): end is AddressEnd {
  return "address" in end;
}

/** The ends of a test that are Docker's. */
export function dockerEndsOf(test: PolicyTest): readonly DockerEnd[] {
  return [sourceOf(test), destinationOf(test)].flatMap((end) => (isAddress(end) ? [] : [end]));
}

/** The interfaces that a test names. */
export function interfacesOf(test: PolicyTest): readonly string[] {
  return [sourceOf(test), destinationOf(test)]
    .filter(isAddress)
    .flatMap((end) => end.interface ?? []);
}

/** Its own name, or `tests[N]`. */
export function nameOfTest(test: PolicyTest, index: number): string {
  return test.name ?? `tests[${String(index)}]`;
}

/** `203.0.113.0/24 to shop_backend TCP/3306`. */
export function describeTest(test: PolicyTest): string {
  const { protocol, port, publishedPort } = test.to;
  const ends = [sourceOf(test), destinationOf(test)].map(endWords);
  const isAny = (protocol ?? port ?? publishedPort) === undefined;
  return words(ends, isAny ? "" : (protocol ?? "TCP"), port, publishedPort);
}

/** Reports whether it speaks of what the host forwards outside Docker. */
export function isBetweenInterfaces(test: PolicyTest): boolean {
  return isAddress(sourceOf(test)) && isAddress(destinationOf(test));
}

/** One packet that the test stands for, in the same words. `called` is what the client calls, if it is redirected from there. */
export function describePacket(test: PolicyTest, packet: Packet, called?: Address): string {
  const { protocol, destinationPort, publishedPort } = packet;
  const source = sourceOf(test);
  const destination = destinationOf(test);
  const isBetween = isBetweenInterfaces(test);
  const at = (address: Address, via: string | undefined) =>
    endWords(endAt(formatAddress(address), isBetween ? via : undefined));
  const end = at(called ?? packet.destination, packet.out);
  const ends = [
    isAddress(source) ? at(packet.source, packet.in) : endWords(source),
    isAddress(destination)
      ? `${end}${packet.out === undefined ? " (the host itself)" : ""}`
      : endWords(destination),
  ];
  return words(ends, protocol, destinationPort, publishedPort);
}

function endWords(end: AddressEnd | DockerEnd): string {
  if (isAddress(end)) {
    return end.interface === undefined ? end.address : `${end.address} (${end.interface})`;
  }
  const { network, container } = end;
  if (container === undefined) return network ?? "";
  return `container ${container}${network === undefined ? "" : ` on ${network}`}`;
}

function words(
  ends: readonly string[],
  protocol: string,
  port: number | undefined,
  publishedPort: number | undefined,
): string {
  const to = port === undefined ? protocol : `${protocol}/${String(port)}`;
  return [
    ends.join(" to "),
    ...(to === "" ? [] : [to]),
    ...(publishedPort === undefined ? [] : [`published as ${String(publishedPort)}`]),
  ].join(" ");
}
