import type { PortRange } from "./desired-state.ts";
import type { Service } from "./traffic-services.ts";

const protocols = ["TCP", "UDP", "ICMP"] as const;

/**
 * `TCP 443, 8000-8100 and ICMP`; `every port` for all there is.
 * @param isDirectOnly nothing comes there by a published port, so that it does not is not said.
 */
export function describeServices(services: readonly Service[], isDirectOnly: boolean): string {
  const texts = protocols.flatMap((protocol) =>
    describeProtocol(
      protocol,
      services.filter((one) => one.protocol === protocol),
      isDirectOnly,
    ),
  );
  return texts.join() === protocols.join() ? "every port" : texts.join("; ");
}

function describeProtocol(
  protocol: Service["protocol"],
  services: readonly Service[],
  isDirectOnly: boolean,
): readonly string[] {
  if (services.length === 0) return [];
  const direct = portsText(services.filter(({ published }) => published === undefined));
  const byPorts = new Map<string, PortRange[]>();
  for (const [published, those] of groupedBy(services, ({ published: range }) => range)) {
    const text = portsText(those);
    byPorts.set(text, [...(byPorts.get(text) ?? []), published]);
  }
  const whole = [...byPorts].find(
    ([text, ranges]) => text === direct && rangesText(ranges) === ALL,
  );
  if (isDirectOnly || whole !== undefined) return [named(protocol, direct)];
  return [
    ...(direct === "" ? [] : [`${named(protocol, direct)} other than by a published port`]),
    ...[...byPorts].map(([text, ranges]) => {
      const published = rangesText(ranges);
      const by = published === ALL ? "by any published port" : `published as ${published}`;
      return `${named(protocol, text)} ${by}`;
    }),
  ];
}

function named(protocol: string, ports: string): string {
  return ports === ALL || ports === "" ? protocol : `${protocol} ${ports}`;
}

const ALL = "every port";
const LAST_PORT = 65_535;

function portsText(services: readonly Service[]): string {
  if (services.length === 0) return "";
  return rangesText(services.flatMap(({ ports }) => ports ?? { first: 0, last: LAST_PORT }));
}

function rangesText(ranges: readonly PortRange[]): string {
  const merged: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last === undefined || range.first > last.last + 1) merged.push(range);
    else merged.splice(-1, 1, { first: last.first, last: Math.max(last.last, range.last) });
  }
  return merged
    .map(({ first, last }) => {
      if (first === 0 && last === LAST_PORT) return ALL;
      return first === last ? String(first) : `${String(Math.max(first, 1))}-${String(last)}`;
    })
    .join(", ");
}

function groupedBy(
  services: readonly Service[],
  rangeOf: (service: Service) => PortRange | undefined,
): readonly (readonly [PortRange, readonly Service[]])[] {
  const found = new Map<string, { readonly range: PortRange; readonly those: Service[] }>();
  for (const service of services) {
    const range = rangeOf(service);
    if (range === undefined) continue;
    const key = `${String(range.first)}-${String(range.last)}`;
    const known = found.get(key) ?? { range, those: [] };
    known.those.push(service);
    found.set(key, known);
  }
  return [...found.values()].map(({ range, those }) => [range, those]);
}
