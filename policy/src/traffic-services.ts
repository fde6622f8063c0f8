import type { PortRange } from "./desired-state.ts";
import type { ResolvedState } from "./resolved-state.ts";
import type { PacketPorts } from "./simulate.ts";
import { portsOfRules, portsToldApart } from "./told-apart.ts";

/** Where packets go at their destination. */
export interface Service {
  readonly protocol: "TCP" | "UDP" | "ICMP";
  /** After DNAT; absent for ICMP. */
  readonly ports?: PortRange;
  /** Absent: not by a published port. */
  readonly published?: PortRange;
}

const LAST_PORT = 65_535;

export interface Services {
  readonly forwarded: readonly Service[];
  /** Nothing that is for the host itself came by a published port: it comes to one. */
  readonly toHost: readonly Service[];
}

/** Every port of every protocol, in parts of which the policies of both states say the same. */
export function servicesToldApart(a: ResolvedState, b: ResolvedState): Services {
  const ofRules = (kind: "port" | "publishedPort", protocol: "TCP" | "UDP") =>
    rangesFrom([a, b].flatMap((state) => portsOfRules(state, kind, protocol)));
  const forwarded = transports.flatMap((protocol) => {
    const published = ofRules("publishedPort", protocol);
    return ofRules("port", protocol).flatMap((ports): readonly Service[] => [
      { protocol, ports },
      ...published.map((range) => ({ protocol, ports, published: range })),
    ]);
  });
  const toHost = transports.flatMap((protocol) =>
    rangesFrom([a, b].flatMap((state) => portsToldApart(state, "port", protocol))).map(
      (ports): Service => ({ protocol, ports }),
    ),
  );
  // No rule tells by which port it was redirected.
  const published = { first: 0, last: LAST_PORT };
  return {
    forwarded: [...forwarded, { protocol: "ICMP" }, { protocol: "ICMP", published }],
    toHost: [...toHost, { protocol: "ICMP" }],
  };
}

const transports = ["TCP", "UDP"] as const;

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
