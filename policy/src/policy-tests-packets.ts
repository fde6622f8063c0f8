import { addressSetContains } from "./address-set.ts";
import { type Address, lastAddress } from "./cidr.ts";
import type { Family, PortMatch } from "./desired-state.ts";
import { familiesOf, pointsOf, type TestPoint } from "./policy-tests-points.ts";
import { representatives, type Span, spansOf } from "./policy-tests-representatives.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import { staysOnBridge, type TestEnd, type TestWay } from "./policy-tests-ways.ts";
import type {
  ResolvedDirection,
  ResolvedPeerNetwork,
  ResolvedPlane,
  ResolvedRule,
} from "./resolved-state.ts";
import type { Packet } from "./simulate.ts";

/** An interface that no bridge is called: names of interfaces have no blanks. */
const OUTSIDE = "outside this host";

export interface TestPacket {
  readonly packet: Packet;
  /** It has an address that no running container is known to have. */
  readonly madeUp: boolean;
}

/**
 * Packets that stand for every packet of the test on this way: any other of them
 * is treated by each single rule there as one of these is. So what holds for
 * these holds for all, whatever the order and the actions of the rules.
 */
export function* packetsOf(
  test: PolicyTest,
  way: TestWay,
  plane: ResolvedPlane,
  /** Absent: containers have the published ports that are known of them. */
  imagined?: "imagined",
): Iterable<TestPacket> {
  const directions = directionsOf(way, plane);
  const cases = directions.flatMap((direction) => direction.cases);
  const rules = cases.flatMap(({ list }) => list.rules);
  const peers = rules.flatMap(({ from, to }) => [from, to].filter((one) => one !== undefined));
  const networks = peers.flatMap((one) => one.networks);
  const sets = [...cases, ...peers, ...networks, ...plane.known].map(({ addresses }) => addresses);
  for (const family of familiesOf(way)) {
    const spans = sets.map((set) => spansOf(set, family));
    const sources = pointsAt(way.from, family, spans);
    const destinations = pointsAt(way.to, family, spans);
    for (const to of destinations) {
      const ports = portsOf(
        test,
        way,
        rules,
        imagined === undefined ? to : { ...to, published: "any" },
      );
      for (const from of sources) {
        const madeUp = from.madeUp || to.madeUp;
        const ends = { source: from.address, destination: to.address };
        for (const port of ports) {
          for (const [enters, leaves] of interfacesOf(way, ends, networks)) {
            yield { packet: { ...port, ...ends, in: enters, out: leaves }, madeUp };
          }
        }
      }
    }
  }
}

/** What may be asked about packets of this way. */
function directionsOf(way: TestWay, plane: ResolvedPlane): readonly ResolvedDirection[] {
  const at = (end: TestEnd, scope: "ingress" | "egress" | "internal") =>
    end.kind === "bridge"
      ? plane.bridges.find(({ bridge }) => bridge === end.bridge)?.[scope]
      : undefined;
  return [
    at(way.from, "egress"),
    at(way.to, "ingress"),
    staysOnBridge(way) ? at(way.to, "internal") : undefined,
  ].filter((direction) => direction !== undefined);
}

function pointsAt(
  end: TestEnd,
  family: Family,
  sets: readonly (readonly Span[])[],
): readonly TestPoint[] {
  if (end.kind === "bridge") return pointsOf(end, family, sets);
  const whole = { first: end.block.network, last: lastAddress(end.block) };
  return representatives(whole, sets).map((value) => ({
    address: { family, value },
    madeUp: false,
    published: [],
  }));
}

/** By which interface it comes in and by which it goes out. */
function interfacesOf(
  { from, to }: TestWay,
  { source, destination }: { readonly source: Address; readonly destination: Address },
  networks: readonly ResolvedPeerNetwork[],
): readonly (readonly [string, string])[] {
  const across = (end: TestEnd, address: Address) =>
    end.kind === "bridge" ? [end.bridge] : [OUTSIDE, ...bridgesAt(address, networks)];
  return across(from, source).flatMap((enters) =>
    across(to, destination).map((leaves) => [enters, leaves] as const),
  );
}

/** Bridges of this host that rules name and that may have this address behind them. */
function bridgesAt(address: Address, peers: readonly ResolvedPeerNetwork[]): ReadonlySet<string> {
  const near = peers.filter(
    ({ addresses }) => addresses === undefined || addressSetContains(addresses, address),
  );
  return new Set(near.map(({ bridge }) => bridge));
}

type Ports = Pick<Packet, "protocol" | "destinationPort" | "publishedPort">;

function portsOf(
  test: PolicyTest,
  way: TestWay,
  rules: readonly ResolvedRule[],
  to: TestPoint,
): readonly Ports[] {
  const { protocol, port, publishedPort } = test.to;
  const withPort = port !== undefined || publishedPort !== undefined;
  const protocols =
    protocol !== undefined
      ? [protocol]
      : withPort
        ? (["TCP"] as const)
        : (["TCP", "UDP", "ICMP"] as const);
  const matches = rules.flatMap((rule) => rule.ports ?? []);
  return protocols.flatMap((one): readonly Ports[] => {
    if (one === "ICMP") return [{ protocol: one }];
    const direct = portNumbers(port, one, "port", matches).map((destinationPort) => ({
      protocol: one,
      destinationPort,
    }));
    return [
      ...(publishedPort === undefined ? direct : []),
      // A connection between containers goes through a published port only if the test says so.
      ...(way.to.kind === "bridge" && (way.from.kind === "block" || publishedPort !== undefined)
        ? publishedPorts(test, one, to, direct, matches)
        : []),
    ];
  });
}

function publishedPorts(
  { to: { port, publishedPort } }: PolicyTest,
  protocol: "TCP" | "UDP",
  { published }: TestPoint,
  direct: readonly Ports[],
  matches: readonly PortMatch[],
): readonly Ports[] {
  if (published === "any") {
    return direct.flatMap((one) =>
      portNumbers(publishedPort, protocol, "publishedPort", matches).map((number) => ({
        ...one,
        publishedPort: number,
      })),
    );
  }
  return published
    .filter(
      (one) =>
        one.protocol === protocol &&
        (port === undefined || one.containerPort === port) &&
        (publishedPort === undefined || one.hostPort === publishedPort),
    )
    .map(({ containerPort, hostPort }) => ({
      protocol,
      destinationPort: containerPort,
      publishedPort: hostPort,
    }));
}

function portNumbers(
  given: number | undefined,
  protocol: "TCP" | "UDP",
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
