import type { PortRange } from "./desired-state.ts";
import type { PublishedPort } from "./host-view.ts";
import type { Service } from "./traffic-services.ts";

const protocols = ["TCP", "UDP", "ICMP"] as const;
const LAST_PORT = 65_535;

/**
 * `TCP 443, 8000-8100; ICMP`, or `every port`. Where these differ from what comes by a published port, that is said of
 * the ports that are published, and of those that policies name.
 * @param bindings the published ports of whom it goes to
 */
export function describeServices(
  services: readonly Service[],
  bindings: readonly PublishedPort[],
): string {
  const parts = protocols.map((protocol) => partOf(protocol, services, bindings));
  const isEvery = parts.every(({ direct }) => direct === ALL);
  const excepts = parts.flatMap(({ protocol, except }) =>
    except.map((port) => [protocol, port].join(" ")),
  );
  const direct = isEvery
    ? [`every port${notPublished(excepts)}`]
    : parts
        .filter((part) => part.direct !== "")
        .map(
          ({ protocol, direct: ports, except }) =>
            `${named(protocol, ports)}${notPublished(except)}`,
        );
  return [...direct, ...parts.flatMap(({ published }) => published)].join("; ");
}

interface Part {
  readonly protocol: Service["protocol"];
  /** Empty: none. */
  readonly direct: string;
  /** Published ports of which it is not so. */
  readonly except: readonly string[];
  /** Of which it is so by a published port alone. */
  readonly published: readonly string[];
}

function partOf(
  protocol: Service["protocol"],
  all: readonly Service[],
  bindings: readonly PublishedPort[],
): Part {
  const services = all.filter((one) => one.protocol === protocol);
  const direct = services.filter(({ published }) => published === undefined);
  const there = bindings.filter((one) => one.protocol === protocol);
  const except = there.filter(
    (one) =>
      direct.some((service) => leadsTo(service, one)) &&
      !services.some((service) => takes(service, one)),
  );
  return {
    protocol,
    direct: rangesText(direct.map(portsIn)),
    except: [...new Set(except.map(({ hostPort }) => String(hostPort)))],
    published: publishedTexts(protocol, services, there),
  };
}

/** Of whole ranges of published ports only those are told that there are. */
function publishedTexts(
  protocol: Service["protocol"],
  services: readonly Service[],
  bindings: readonly PublishedPort[],
): readonly string[] {
  const alone = services.filter(
    (one) =>
      one.published !== undefined &&
      !services.some((other) => other.published === undefined && isSamePort(one, other)),
  );
  const told = alone.flatMap((service): readonly (readonly [PortRange, PortRange])[] => {
    const { published } = service;
    if (published === undefined || protocol === "ICMP") return [];
    const isAny = countPublished(alone.filter((one) => isSamePort(one, service))) > LAST_PORT;
    if (!isAny) return [[portsIn(service), published]];
    return bindings
      .filter((one) => takes(service, one))
      .map(({ containerPort, hostPort }) => [single(containerPort), single(hostPort)]);
  });
  const found = new Map<string, PortRange[]>();
  for (const [ports, published] of told) {
    const key = rangesText([published]);
    found.set(key, [...(found.get(key) ?? []), ports]);
  }
  return [...found].map(
    ([published, ports]) => `${named(protocol, rangesText(ports))} published as ${published}`,
  );
}

function leadsTo({ ports }: Service, { containerPort }: PublishedPort): boolean {
  return ports !== undefined && isIn(containerPort, ports);
}

function takes(service: Service, binding: PublishedPort): boolean {
  const { published } = service;
  return published !== undefined && leadsTo(service, binding) && isIn(binding.hostPort, published);
}

function isIn(port: number, { first, last }: PortRange): boolean {
  return port >= first && port <= last;
}

function isSamePort(a: Service, b: Service): boolean {
  return a.ports?.first === b.ports?.first;
}

function countPublished(services: readonly Service[]): number {
  return services.reduce(
    (sum, { published }) => sum + (published ? published.last - published.first + 1 : 0),
    0,
  );
}

function portsIn({ ports }: Service): PortRange {
  return ports ?? { first: 0, last: LAST_PORT };
}

function single(port: number): PortRange {
  return { first: port, last: port };
}

const ALL = "every port";

function named(protocol: string, ports: string): string {
  return ports === ALL ? protocol : `${protocol} ${ports}`;
}

function notPublished(ports: readonly string[]): string {
  return ports.length === 0 ? "" : ` (but not as published at ${ports.join(", ")})`;
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
