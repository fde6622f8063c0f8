import {
  type Address,
  type Family,
  formatAddress,
  type Packet,
  parseAddress,
} from "@seawall/policy";
import fc from "fast-check";
import {
  bridges,
  hostAddresses,
  managementAddresses,
  outside,
  type Place,
  places,
  ports,
} from "./drawn-addresses.ts";

const families = ["IPv4", "IPv6"] as const satisfies readonly Family[];

const addresses = new Map<string, Address>();

/** One object for each of the few that are drawn: what was made of it once is known (kernel-packet.ts). */
function address(text: string): Address {
  const known = addresses.get(text);
  if (known !== undefined) return known;
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  addresses.set(text, parsed.address);
  return parsed.address;
}

interface Path {
  readonly family: Family;
  readonly in: string;
  readonly source: string;
  /** Absent: to the host itself. */
  readonly out?: string;
  readonly destination: string;
}

/** Who is where he belongs, and goes where the other one is. */
function honest(from: Place, to: Place, family: Family): Path {
  return {
    family,
    in: from.interface,
    source: from.addresses[family],
    out: to.interface,
    destination: to.addresses[family],
  };
}

const anyPlace = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...places) },
  { weight: 1, arbitrary: fc.constantFrom(...outside) },
);
const anyFamily = fc.constantFrom(...families);

const onOneBridge = fc.constantFrom(...bridges).chain((bridge) => {
  const there = places.filter((place) => place.interface === bridge);
  return fc.tuple(fc.constantFrom(...there), fc.constantFrom(...there));
});

/** Routable ones first, so that counterexamples shrink to them; then addresses that lie about their place. */
const paths: fc.Arbitrary<Path> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(anyPlace, anyPlace, anyFamily).map((all) => honest(...all)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(onOneBridge, anyFamily)
      .map(([[from, to], family]) => honest(from, to, family)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(anyPlace, anyFamily).map(([from, family]) => toHost(from, family)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyPlace, anyPlace, anyPlace, anyPlace, anyFamily)
      .map(([at, from, via, to, family]) => ({
        family,
        in: at.interface,
        source: from.addresses[family],
        out: via.interface,
        destination: to.addresses[family],
      })),
  },
);

function toHost(from: Place, family: Family): Path {
  return {
    family,
    in: from.interface,
    source: from.addresses[family],
    destination: hostAddresses[family],
  };
}

interface Transport {
  readonly protocol: Packet["protocol"];
  readonly port: number;
  readonly published: number | undefined;
  /** It was sent to an address that agents may use. */
  readonly advertised: boolean;
}

const transports = (protocols: fc.Arbitrary<Packet["protocol"]>): fc.Arbitrary<Transport> =>
  fc.record({
    protocol: protocols,
    port: fc.constantFrom(...ports),
    published: fc.option(fc.constantFrom(...ports), { nil: undefined, freq: 2 }),
    advertised: fc.boolean(),
  });

/** What is for the host itself was not redirected to a container. */
function packetOf(path: Path, { protocol, port, published, advertised }: Transport): Packet {
  const { in: from, out: to } = path;
  return {
    protocol,
    source: address(path.source),
    destination: address(path.destination),
    in: from,
    ...(to === undefined ? {} : { out: to }),
    ...(protocol === "ICMP" ? {} : { destinationPort: port }),
    ...(protocol === "ICMP" || published === undefined || to === undefined
      ? {}
      : { publishedPort: published, ...(advertised ? publishedBy(path.family) : {}) }),
  };
}

function publishedBy(family: Family): Pick<Packet, "publishedAddress"> {
  const [, text] = managementAddresses[family];
  return text === undefined ? {} : { publishedAddress: address(text) };
}

/** Where drawn containers publish. */
const publishedAt = [
  ...[
    { protocol: "TCP" as const, port: 8080 },
    { protocol: "TCP" as const, port: 443 },
  ],
  { protocol: "UDP" as const, port: 53 },
];

const toPublished = (from: readonly Place[]): fc.Arbitrary<Packet> =>
  fc
    .tuple(fc.constantFrom(...from), anyFamily, fc.constantFrom(...publishedAt))
    .map(([place, family, { protocol, port }]) =>
      packetOf(toHost(place, family), { protocol, port, published: undefined, advertised: false }),
    );

/** The first packet of a connection through the host or to it, with or without Docker's DNAT. */
export const packets: fc.Arbitrary<Packet> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(paths, transports(fc.constantFrom("TCP", "UDP", "ICMP")))
      .map(([path, transport]) => packetOf(path, transport)),
  },
  { weight: 1, arbitrary: toPublished(places) },
);

/** Those that can really be sent between these places. An echo request needs a process of its own, so there are fewer. */
export function sendablePackets(from: readonly Place[]): fc.Arbitrary<Packet> {
  const pairs = from.flatMap((one) =>
    from
      .filter((other) => other.addresses.IPv4 !== one.addresses.IPv4)
      .map((other) => ({ one, other })),
  );
  const internal = pairs.filter(({ one, other }) => one.interface === other.interface);
  const routes = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...pairs), anyFamily)
        .map(([{ one, other }, family]) => honest(one, other, family)),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...internal), anyFamily)
        .map(([{ one, other }, family]) => honest(one, other, family)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...from), anyFamily)
        .map(([one, family]) => toHost(one, family)),
    },
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(routes, transports(fc.constantFrom("TCP", "TCP", "TCP", "UDP", "UDP", "ICMP")))
        .map(([path, transport]) => packetOf(path, transport)),
    },
    { weight: 1, arbitrary: toPublished(from) },
  );
}

/** As they can all be sent at once: one port of one address leads to one end. */
export function withoutClashes(sent: readonly Packet[]): readonly Packet[] {
  const taken = new Set<string>();
  return sent.map((packet) => {
    const { publishedAddress, ...rest } = packet;
    if (publishedAddress === undefined) return packet;
    const key = `${formatAddress(publishedAddress)} ${packet.protocol} ${String(packet.publishedPort)}`;
    if (taken.has(key)) return rest;
    taken.add(key);
    return packet;
  });
}

export function describePacket(packet: Packet): string {
  const port =
    packet.destinationPort === undefined ? "" : ` port ${String(packet.destinationPort)}`;
  const published =
    packet.publishedPort === undefined
      ? ""
      : `, published as ${packet.publishedAddress === undefined ? "" : `${formatAddress(packet.publishedAddress)} `}${String(packet.publishedPort)}`;
  return `${packet.protocol} ${formatAddress(packet.source)} (${packet.in}) → ${formatAddress(packet.destination)} (${packet.out ?? "the host itself"})${port}${published}`;
}
