import type { PortMatch } from "./desired-state.ts";
import { representatives } from "./policy-tests-representatives.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { Packet } from "./simulate.ts";

export type TestPorts = Pick<Packet, "protocol" | "destinationPort" | "publishedPort">;

type Transport = "TCP" | "UDP";

/** The protocols that the test stands for. */
export function protocolsOf({ to }: PolicyTest): readonly Packet["protocol"][] {
  if (to.protocol !== undefined) return [to.protocol];
  return (to.port ?? to.publishedPort) === undefined ? ["TCP", "UDP", "ICMP"] : ["TCP"];
}

/** Not through a published port. */
export function directPorts(test: PolicyTest, matches: readonly PortMatch[]): readonly TestPorts[] {
  return protocolsOf(test).flatMap((protocol): readonly TestPorts[] =>
    protocol === "ICMP"
      ? [{ protocol }]
      : portNumbers(test.to.port, protocol, "port", matches).map((destinationPort) => ({
          protocol,
          destinationPort,
        })),
  );
}

/** Through whatever port somebody may publish. */
export function everyPublishedPort(
  test: PolicyTest,
  matches: readonly PortMatch[],
): readonly TestPorts[] {
  return directPorts(test, matches).flatMap((direct): readonly TestPorts[] =>
    direct.protocol === "ICMP"
      ? []
      : portNumbers(test.to.publishedPort, direct.protocol, "publishedPort", matches).map(
          (publishedPort) => ({ ...direct, publishedPort }),
        ),
  );
}

function portNumbers(
  given: number | undefined,
  protocol: Transport,
  kind: "port" | "publishedPort",
  matches: readonly PortMatch[],
): readonly number[] {
  if (given !== undefined) return [given];
  const spans = matches.flatMap((match) =>
    match.kind === kind && match.protocol === protocol && match.ports !== undefined
      ? [[{ first: BigInt(match.ports.first), last: BigInt(match.ports.last) }]]
      : [],
  );
  return representatives({ first: 1n, last: 65_535n }, spans).map(Number);
}
