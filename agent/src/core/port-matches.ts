import { disjointRanges, type PortMatch } from "@seawall/policy";
import type { Match } from "./layout.ts";

/** The matches of which one has to fit. No ports said = every packet, one empty match. */
export function portMatches(
  ports: readonly PortMatch[] | undefined,
): readonly (readonly Match[])[] {
  if (ports === undefined) return [[]];
  return [
    ...containerPorts("TCP", ports),
    ...containerPorts("UDP", ports),
    ...ports.flatMap((match) => (match.kind === "publishedPort" ? [[match]] : [])),
    ...(ports.some(({ kind }) => kind === "icmp")
      ? [[{ kind: "protocol", protocol: "ICMP" } as const]]
      : []),
  ];
}

function containerPorts(
  protocol: "TCP" | "UDP",
  ports: readonly PortMatch[],
): readonly (readonly Match[])[] {
  const mine = ports.flatMap((match) =>
    match.kind === "port" && match.protocol === protocol ? [match.ports] : [],
  );
  if (mine.length === 0) return [];
  const ranges = mine.filter((range) => range !== undefined);
  // One entry without ports covers the protocol, and so every other entry of it.
  if (ranges.length < mine.length) return [[{ kind: "protocol", protocol }]];
  return [[{ kind: "ports", protocol, ranges: disjointRanges(ranges) }]];
}
