import { type Address, formatAddress } from "./cidr.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { Packet } from "./simulate.ts";

/** The Docker network at which the test is judged. */
export function networkOfTest({ from, to }: PolicyTest): string {
  return typeof from === "string" ? (to.network ?? "") : from.network;
}

/** Its own name, or `tests[N]`. */
export function nameOfTest(test: PolicyTest, index: number): string {
  return test.name ?? `tests[${String(index)}]`;
}

/** `203.0.113.0/24 to shop_backend TCP/3306`. */
export function describeTest({ from, to }: PolicyTest): string {
  const { protocol, port, publishedPort } = to;
  const ends =
    typeof from === "string" ? [from, to.network ?? ""] : [from.network, to.address ?? ""];
  const isAny = (protocol ?? port ?? publishedPort) === undefined;
  return words(ends, isAny ? "" : (protocol ?? "TCP"), port, publishedPort);
}

/** One packet that the test stands for, in the same words. */
export function describePacket(test: PolicyTest, packet: Packet): string {
  const { protocol, destinationPort, publishedPort } = packet;
  const network = networkOfTest(test);
  const ends =
    typeof test.from === "string"
      ? [text(packet.source), network]
      : [network, text(packet.destination)];
  return words(ends, protocol, destinationPort, publishedPort);
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

function text(address: Address): string {
  return formatAddress(address);
}
