import type { DesiredPolicy, PortRange } from "./desired-state.ts";
import type { AwaitedPorts, HostPort } from "./host-view.ts";
import { remembered } from "./remembered.ts";

/** Ports of the host, before DNAT. */
export interface HostPorts {
  readonly protocol: HostPort["protocol"];
  /** At least one; none within another or begun by it. */
  readonly ranges: readonly PortRange[];
}

/**
 * From here on the kernel gives ports to whoever asks for any (`net.ipv4.ip_local_port_range` as it is by default), and
 * so does Docker. Who names a range means none of these in particular.
 */
export const FIRST_EPHEMERAL = 32_768;

/**
 * Ports that are known before anybody publishes them: those that policies name as published ones, and those that
 * containers will publish. Each that stands alone, and of ranges those that nobody is given by chance. What is only
 * counted names none.
 */
export function foreseenPorts(
  policies: readonly DesiredPolicy[],
  awaited: readonly AwaitedPorts[],
): readonly HostPorts[] {
  const foreseen = [
    ...policies.flatMap((policy) => namedBy(policy)),
    ...awaited.map(({ protocol, range }) => ({ protocol, ranges: fixed(range) })),
  ];
  return (["TCP", "UDP"] as const).flatMap((protocol): readonly HostPorts[] => {
    const ranges = foreseen.filter((one) => one.protocol === protocol).flatMap((one) => one.ranges);
    return ranges.length === 0 ? [] : [{ protocol, ranges: joinedRanges(ranges) }];
  });
}

const namedBy = remembered(({ mode, interfaces, ingress }: DesiredPolicy): readonly HostPorts[] =>
  mode === "Audit" || interfaces !== undefined
    ? []
    : (ingress?.rules ?? [])
        .flatMap(({ ports }) => ports ?? [])
        .flatMap((match) =>
          match.kind === "publishedPort"
            ? [{ protocol: match.protocol, ranges: fixed(match.ports) }]
            : [],
        ),
);

function fixed({ first, last }: PortRange): readonly PortRange[] {
  if (first === last) return [{ first, last }];
  return first < FIRST_EPHEMERAL ? [{ first, last: Math.min(last, FIRST_EPHEMERAL - 1) }] : [];
}

/** Without these, each of which may be in none. */
export function withoutPorts(
  named: readonly HostPorts[],
  taken: readonly HostPort[],
): readonly HostPorts[] {
  return named.flatMap(({ protocol, ranges }): readonly HostPorts[] => {
    const left = taken
      .filter((one) => one.protocol === protocol)
      .reduce((rest, { port }) => rest.flatMap((range) => cutOut(range, port)), ranges);
    return left.length === 0 ? [] : [{ protocol, ranges: left }];
  });
}

function cutOut({ first, last }: PortRange, port: number): readonly PortRange[] {
  if (port < first || port > last) return [{ first, last }];
  return [
    { first, last: port - 1 },
    { first: port + 1, last },
  ].filter((part) => part.first <= part.last);
}

export function includesPort(
  ports: readonly HostPorts[],
  { protocol, port }: { readonly protocol: string; readonly port: number },
): boolean {
  return ports.some(
    (one) =>
      one.protocol === protocol &&
      one.ranges.some(({ first, last }) => first <= port && port <= last),
  );
}

/** In order, none within another or begun by it. */
export function disjointRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last === undefined || range.first > last.last) merged.push(range);
    else merged.splice(-1, 1, { first: last.first, last: Math.max(last.last, range.last) });
  }
  return merged;
}

/** The same ports in as few ranges as can be. */
export function joinedRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const joined: PortRange[] = [];
  for (const range of disjointRanges(ranges)) {
    const last = joined.at(-1);
    if (last === undefined || range.first > last.last + 1) joined.push(range);
    else joined.splice(-1, 1, { first: last.first, last: range.last });
  }
  return joined;
}
