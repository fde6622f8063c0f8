import type { PortRange } from "./desired-state.ts";
import type { ResolvedState } from "./resolved-state.ts";
import type { PacketPorts } from "./simulate.ts";
import { portsToldApart } from "./told-apart.ts";

/** Where packets go at their destination. */
export interface Service {
  readonly protocol: "TCP" | "UDP" | "ICMP";
  /** After DNAT; absent for ICMP. */
  readonly ports?: PortRange;
  /** Absent: not by a published port. */
  readonly published?: PortRange;
}

const LAST_PORT = 65_535;

/** Every port of every protocol, in parts of which the policies of both states say the same. */
export function servicesToldApart(a: ResolvedState, b: ResolvedState): readonly Service[] {
  const rangesOf = (kind: "port" | "publishedPort", protocol: "TCP" | "UDP") =>
    rangesFrom([...portsToldApart(a, kind, protocol), ...portsToldApart(b, kind, protocol)]);
  const ofPorts = (["TCP", "UDP"] as const).flatMap((protocol) => {
    const published = rangesOf("publishedPort", protocol);
    return rangesOf("port", protocol).flatMap((ports): readonly Service[] => [
      { protocol, ports },
      ...published.map((range) => ({ protocol, ports, published: range })),
    ]);
  });
  const protocol = "ICMP";
  // No rule tells by which port it was redirected.
  return [...ofPorts, { protocol }, { protocol, published: { first: 0, last: LAST_PORT } }];
}

function rangesFrom(starts: readonly number[]): readonly PortRange[] {
  const sorted = [...new Set([0, ...starts])]
    .filter((start) => start <= LAST_PORT)
    .toSorted((a, b) => a - b);
  return sorted.map((first, index) => ({ first, last: (sorted[index + 1] ?? LAST_PORT + 1) - 1 }));
}

/** One packet's ports of those that are one to the policies. */
export function portsOf({ protocol, ports, published }: Service): PacketPorts {
  return {
    protocol,
    ...(ports && { destinationPort: ports.first }),
    ...(published && { publishedPort: published.first }),
  };
}
