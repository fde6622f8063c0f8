import type { PortMatch, PortRange } from "./desired-state.ts";
import { policyDefaults } from "./fleet-policy.ts";
import type { PolicyPort } from "./policy-port.ts";

const PROTOCOLS = ["TCP", "UDP"] as const;

/** The same ports as few matches in a fixed order: container ports, published ports, ICMP; TCP before UDP; ranges merged. */
export function compilePorts(entries: readonly PolicyPort[]): readonly PortMatch[] {
  return [
    ...PROTOCOLS.flatMap((protocol) => containerPorts(protocol, entries)),
    ...PROTOCOLS.flatMap((protocol) =>
      mergeRanges(rangesOf(ofProtocol(entries, protocol), (entry) => entry.publishedPort)).map(
        (ports): PortMatch => ({ kind: "publishedPort", protocol, ports }),
      ),
    ),
    ...(ofProtocol(entries, "ICMP").length === 0 ? [] : [{ kind: "icmp" } as const]),
  ];
}

function containerPorts(
  protocol: "TCP" | "UDP",
  entries: readonly PolicyPort[],
): readonly PortMatch[] {
  const own = ofProtocol(entries, protocol);
  if (own.some((entry) => entry.port === undefined && entry.publishedPort === undefined)) {
    return [{ kind: "port", protocol }];
  }
  return mergeRanges(rangesOf(own, (entry) => entry.port)).map((ports) => ({
    kind: "port",
    protocol,
    ports,
  }));
}

function ofProtocol(
  entries: readonly PolicyPort[],
  protocol: PolicyPort["protocol"],
): readonly PolicyPort[] {
  return entries.filter((entry) => (entry.protocol ?? policyDefaults.protocol) === protocol);
}

function rangesOf(
  entries: readonly PolicyPort[],
  firstOf: (entry: PolicyPort) => number | undefined,
): readonly PortRange[] {
  return entries.flatMap((entry) => {
    const first = firstOf(entry);
    return first === undefined ? [] : [{ first, last: entry.endPort ?? first }];
  });
}

function mergeRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1) {
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}
