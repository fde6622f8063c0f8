import { type Address, formatAddress } from "./cidr.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { Packet } from "./simulate.ts";

/** An end of a test that is Docker's: what is absent may be any. */
export interface DockerEnd {
  readonly network?: string;
  readonly container?: string;
}

/** Where a test begins: an address or block, or an end at Docker. */
export function sourceOf({ from }: PolicyTest): string | DockerEnd {
  return from;
}

/** Where it goes. */
export function destinationOf({ to }: PolicyTest): string | DockerEnd {
  return to.address ?? to;
}

/** The ends of a test that are Docker's. */
export function dockerEndsOf(test: PolicyTest): readonly DockerEnd[] {
  return [sourceOf(test), destinationOf(test)].filter((end) => typeof end !== "string");
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

/** One packet that the test stands for, in the same words. `called` is what the client calls, if it is redirected from there. */
export function describePacket(test: PolicyTest, packet: Packet, called?: Address): string {
  const { protocol, destinationPort, publishedPort } = packet;
  const source = sourceOf(test);
  const destination = destinationOf(test);
  const ends = [
    typeof source === "string" ? formatAddress(packet.source) : endWords(source),
    typeof destination === "string"
      ? `${formatAddress(called ?? packet.destination)}${packet.out === undefined ? " (the host itself)" : ""}`
      : endWords(destination),
  ];
  return words(ends, protocol, destinationPort, publishedPort);
}

function endWords(end: string | DockerEnd): string {
  if (typeof end === "string") return end;
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
