import { addressSetContains } from "./address-set.ts";
import { type Address, lastAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import { ownAddresses } from "./host-addresses.ts";
import type { HostView } from "./host-view.ts";
import { bridgeNfOff } from "./limit-words.ts";
import { familiesOf, pointsOf, type TestPoint } from "./policy-tests-points.ts";
import { directPorts, everyPublishedPort, protocolsOf } from "./policy-tests-ports.ts";
import {
  hostAddressesOf,
  hostPortsOf,
  type MeantBinding,
  meantBindings,
  throughBinding,
} from "./policy-tests-published.ts";
import { representatives, type Span, spansOf } from "./policy-tests-representatives.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { BlockEnd, TestEnd, TestWay } from "./policy-tests-ways.ts";
import { bindingTakes, bridgeAddresses } from "./published-path.ts";
import type {
  ResolvedDirection,
  ResolvedPlane,
  ResolvedRule,
  ResolvedState,
  Scope,
} from "./resolved-state.ts";
import type { Packet } from "./simulate.ts";
import type { TestPacket } from "./test-packet.ts";

/** What no interface is called: their names have no blanks. */
const OUTSIDE = "outside this host";
/** As reports say it. */
const [ANY, ANOTHER] = ["any interface", "another interface"] as const;

/** What there is to tell packets of one way apart by. */
interface Asked {
  readonly test: PolicyTest;
  readonly way: TestWay;
  readonly view: HostView;
  readonly rules: readonly ResolvedRule[];
  readonly meant: readonly MeantBinding[];
  readonly plane: ResolvedPlane;
  /** Whether policies are asked about published ports where docker-proxy takes them. */
  readonly isGuarded: boolean;
  /** Ports that nobody is known to have published may be meant too. */
  readonly imagined: boolean;
}

/**
 * Packets that stand for every packet of the test on this way: any other of them
 * is treated by each single rule there as one of these is. So what holds for
 * these holds for all, whatever the order and the actions of the rules.
 */
export function* packetsOf(
  test: PolicyTest,
  way: TestWay,
  state: ResolvedState,
  view: HostView,
  imagined = false,
): Iterable<TestPacket> {
  const meant = meantBindings(test, way, view);
  const directions = directionsOf(way, state, meant, view);
  const cases = directions.flatMap((direction) => direction.cases);
  const rules = cases.flatMap(({ list }) => list.rules);
  const peers = rules.flatMap(({ from, to }) => [from, to].filter((one) => one !== undefined));
  const sets = [...cases, ...peers, ...peers.flatMap(({ networks }) => networks), ...state.known];
  const isGuarded = state.options.inputGuard === "On";
  const asked = { test, way, view, rules, meant, isGuarded, imagined, plane: state };
  for (const family of familiesOf(way)) {
    const spans = sets.map(({ addresses }) => spansOf(addresses, family));
    const own = [ownAddresses(view), ...hostAddressesOf(meant)].map((set) => spansOf(set, family));
    const sources = pointsAt(way.from, family, [...spans, ...own]);
    const destinations = pointsAt(way.to, family, [...spans, ...own]);
    for (const from of sources) {
      for (const to of destinations) yield* packetsBetween(from, to, asked);
      if (way.to.kind === "bridge") yield* publishedPackets(from, asked);
    }
  }
}

/** What may be asked about packets of this way. */
function directionsOf(
  { from, to }: TestWay,
  plane: ResolvedPlane,
  meant: readonly MeantBinding[],
  view: HostView,
): readonly ResolvedDirection[] {
  if (from.kind === "block" && to.kind === "block") {
    const spoken = [...interfacesOf(from, "egress", plane), ...interfacesOf(to, "ingress", plane)];
    return spoken.map(({ direction }) => direction);
  }
  const behind = meant.flatMap(({ container }) => bridgeAddresses(container, view));
  const into = new Set([
    ...(to.kind === "bridge" ? [to.bridge] : []),
    ...behind.map(({ network }) => network.bridge),
  ]);
  const asked = (bridge: string): readonly Scope[] => [
    ...(from.kind === "bridge" && from.bridge === bridge ? (["egress", "host"] as const) : []),
    ...(into.has(bridge) ? (["ingress", "internal"] as const) : []),
  ];
  return plane.bridges.flatMap((one) => asked(one.bridge).flatMap((scope) => one[scope] ?? []));
}

/** Those that policies speak of, and that the end may be behind. */
function interfacesOf(end: BlockEnd, scope: "ingress" | "egress", { interfaces }: ResolvedPlane) {
  return interfaces
    .filter((one) => end.interface === undefined || one.interface === end.interface)
    .flatMap((one) => {
      const direction = one[scope];
      return direction === undefined ? [] : [{ name: one.interface, direction }];
    });
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
  }));
}

function* packetsBetween(from: TestPoint, to: TestPoint, asked: Asked): Iterable<TestPacket> {
  const { test, way, view, rules, imagined } = asked;
  const isOwn = (address: Address) => addressSetContains(ownAddresses(view), address);
  if (way.to.kind === "block") {
    // What comes to the host from outside, or from the host, is not forwarded, and no test speaks of it.
    if (way.from.kind === "block" && (isOwn(from.address) || isOwn(to.address))) return;
    if (isOwn(to.address)) {
      yield* packetsToHost(from, to, asked);
      return;
    }
  }
  const matches = rules.flatMap((rule) => rule.ports ?? []);
  // A connection between containers goes through a published port only if the test says so.
  const mayBePublished =
    way.to.kind === "bridge" &&
    (imagined || to.madeUp) &&
    (way.from.kind === "block" || test.to.publishedPort !== undefined);
  const all = [
    ...(test.to.publishedPort === undefined ? directPorts(test, matches) : []),
    ...(mayBePublished ? everyPublishedPort(test, matches) : []),
  ];
  const ports = protocolsOf(test).flatMap((one) => all.filter(({ protocol }) => protocol === one));
  const ends = { source: from.address, destination: to.address };
  const madeUp = from.madeUp || to.madeUp;
  for (const port of ports) {
    for (const enters of interfacesAt("from", from.address, asked)) {
      for (const leaves of interfacesAt("to", to.address, asked)) {
        const packet = { ...port, ...ends, in: enters, out: leaves };
        yield { packet, madeUp, ...unseenOnBridge(packet, view) };
      }
    }
  }
}

/** By the published ports that are known. */
function* publishedPackets(
  { address: source, madeUp }: TestPoint,
  asked: Asked,
): Iterable<TestPacket> {
  const { way, view, meant, isGuarded } = asked;
  for (const one of meant) {
    for (const enters of interfacesAt("from", source, asked)) {
      yield* throughBinding(one, { source, madeUp, in: enters }, way, view, isGuarded);
    }
  }
}

/** To an address of the host: by a port that it publishes to a container, else to the host itself. */
function* packetsToHost(
  { address: source, madeUp }: TestPoint,
  { address: called }: TestPoint,
  asked: Asked,
): Iterable<TestPacket> {
  const { test, way, view, rules, meant, isGuarded } = asked;
  const matches = [...rules.flatMap((rule) => rule.ports ?? []), ...hostPortsOf(meant)];
  for (const port of directPorts(test, matches)) {
    const taking = meant.filter(
      ({ binding }) =>
        binding.protocol === port.protocol &&
        binding.hostPort === port.destinationPort &&
        bindingTakes(binding, called),
    );
    for (const enters of interfacesAt("from", source, asked)) {
      const caller = { source, madeUp, in: enters, called };
      const redirected = taking.flatMap((one) => throughBinding(one, caller, way, view, isGuarded));
      if (redirected.length > 0) yield* redirected;
      else yield { packet: { ...port, source, destination: called, in: enters }, madeUp };
    }
  }
}

/**
 * By which interfaces it may come or go: that of the bridge, or for an address outside and each bridge that rules name
 * and that may have it behind it; between addresses the one that is named, or any that policies speak of and another.
 */
function interfacesAt(
  side: "from" | "to",
  address: Address,
  { way, rules, plane }: Asked,
): Iterable<string> {
  const end = way[side];
  if (end.kind === "bridge") return [end.bridge];
  if (end.interface !== undefined) return [end.interface];
  if (way.from.kind === "block" && way.to.kind === "block") {
    const spoken = interfacesOf(end, side === "from" ? "egress" : "ingress", plane);
    return [...spoken.map(({ name }) => name), spoken.length === 0 ? ANY : ANOTHER];
  }
  const near = rules
    .flatMap(({ from, to }) => [...(from?.networks ?? []), ...(to?.networks ?? [])])
    .filter(({ addresses }) => addresses === undefined || addressSetContains(addresses, address));
  return new Set([OUTSIDE, ...near.map(({ bridge }) => bridge)]);
}

/** The kernel may show rules nothing of what stays on a bridge. */
function unseenOnBridge(packet: Packet, view: HostView): Pick<TestPacket, "around"> {
  const network = view.networks.find(({ bridge }) => bridge === packet.in);
  const { family } = packet.source;
  return packet.in !== packet.out ||
    packet.publishedPort !== undefined ||
    network === undefined ||
    view.engine.bridgeNf[family]
    ? {}
    : { around: { ungoverned: bridgeNfOff(network.name, family) } };
}
