import { addressSetContains } from "./address-set.ts";
import {
  type Address,
  addressBits,
  type Cidr,
  cidrOfText,
  lastAddress,
  parseAddress,
} from "./cidr.ts";
import type { AddressSet, Family, PortMatch } from "./desired-state.ts";
import { type PolicyTest } from "./policy-tests-schema.ts";
import type {
  ResolvedBridge,
  ResolvedCase,
  ResolvedPeerNetwork,
  ResolvedRule,
} from "./resolved-state.ts";
import type { Packet } from "./simulate.ts";

/** An interface that no bridge is called: names of interfaces have no blanks. */
const OUTSIDE = "outside this host";

/** Inclusive. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Packets that stand for every packet of the test at this bridge: any other of
 * them is treated by each single rule there as one of these is. So what holds
 * for these holds for all, whatever the order and the actions of the rules.
 */
export function* packetsOf(test: PolicyTest, bridge: ResolvedBridge): Iterable<Packet> {
  const comesIn = typeof test.from === "string";
  const cidr = cidrOfTest(test);
  const cases = [...(bridge.ingress?.cases ?? []), ...(bridge.egress?.cases ?? [])];
  const rules = cases.flatMap(({ list }) => list.rules);
  const ends = rules.flatMap(({ from, to }) => [from, to].filter((one) => one !== undefined));
  const peers = ends.flatMap(({ networks }) => networks);
  const addresses = representatives({ first: cidr.network, last: lastAddress(cidr) }, [
    ...ends.map(({ addresses: set }) => addressSpans(set, cidr)),
    ...peers.map(({ addresses: set }) => addressSpans(set, cidr)),
  ]);
  const own = containerEnds(cases, cidr.family);
  const allPorts = portsOf(test, rules);
  for (const value of addresses) {
    const address: Address = { family: cidr.family, value };
    for (const ports of allPorts) {
      for (const via of [OUTSIDE, ...bridgesAt(address, peers)]) {
        for (const other of own) {
          yield comesIn
            ? { ...ports, source: address, destination: other, in: via, out: bridge.bridge }
            : { ...ports, source: other, destination: address, in: bridge.bridge, out: via };
        }
      }
    }
  }
}

/** One address of each case; any address where there is only one case for all. */
function containerEnds(cases: readonly ResolvedCase[], family: Family): readonly Address[] {
  const texts = cases.flatMap(
    ({ addresses }) => (family === "IPv4" ? addresses?.v4 : addresses?.v6) ?? [],
  );
  const known = new Set(texts.map((text) => cidrOfText(text).network));
  return known.size === 0
    ? [{ family, value: 0n }]
    : [...known].map((value) => ({ family, value }));
}

/** Bridges of this host that rules name and that may have this address behind them. */
function bridgesAt(address: Address, peers: readonly ResolvedPeerNetwork[]): ReadonlySet<string> {
  const near = peers.filter(
    ({ addresses }) => addresses === undefined || addressSetContains(addresses, address),
  );
  return new Set(near.map(({ bridge }) => bridge));
}

/** The block that the test is about: where it comes from, or where it goes to. */
function cidrOfTest({ from, to }: PolicyTest): Cidr {
  const text = typeof from === "string" ? from : (to.address ?? "");
  if (text.includes("/")) {
    return cidrOfText(text);
  }
  const parsed = parseAddress(text);
  if (!parsed.ok) {
    throw new Error(parsed.message);
  }
  const { family, value } = parsed.address;
  return { family, network: value, prefix: addressBits(family) };
}

type Ports = Pick<Packet, "protocol" | "destinationPort" | "publishedPort">;

function portsOf(test: PolicyTest, rules: readonly ResolvedRule[]): readonly Ports[] {
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
    if (one === "ICMP") {
      return [{ protocol: one }];
    }
    const destinationPorts = portNumbers(port, one, "port", matches);
    const published = [
      ...(publishedPort === undefined ? [undefined] : []),
      ...(typeof test.from === "string"
        ? portNumbers(publishedPort, one, "publishedPort", matches)
        : []),
    ];
    return destinationPorts.flatMap((destinationPort) =>
      published.map((number) => ({
        protocol: one,
        destinationPort,
        ...(number === undefined ? {} : { publishedPort: number }),
      })),
    );
  });
}

function portNumbers(
  given: number | undefined,
  protocol: "TCP" | "UDP",
  kind: "port" | "publishedPort",
  matches: readonly PortMatch[],
): readonly number[] {
  if (given !== undefined) {
    return [given];
  }
  const spans = matches.flatMap((match) =>
    match.kind === kind && match.protocol === protocol && match.ports !== undefined
      ? [[{ first: BigInt(match.ports.first), last: BigInt(match.ports.last) }]]
      : [],
  );
  return representatives({ first: 1n, last: 65_535n }, spans).map(Number);
}

function addressSpans(addresses: AddressSet | undefined, { family }: Cidr): readonly Span[] {
  const texts = family === "IPv4" ? addresses?.v4 : addresses?.v6;
  return (texts ?? []).map(cidrOfText).map((cidr) => ({
    first: cidr.network,
    last: lastAddress(cidr),
  }));
}

/** The lowest value of each class, where values of one class lie in the same ones of these sets. */
function representatives(whole: Span, sets: readonly (readonly Span[])[]): readonly bigint[] {
  const changes = new Map<bigint, { readonly enter: number[]; readonly leave: number[] }>();
  const at = (value: bigint) => {
    const known = changes.get(value) ?? { enter: [], leave: [] };
    changes.set(value, known);
    return known;
  };
  at(whole.first);
  sets.forEach((spans, set) => {
    for (const { first, last } of spans) {
      if (last < whole.first || first > whole.last) {
        continue;
      }
      at(first < whole.first ? whole.first : first).enter.push(set);
      if (last < whole.last) {
        at(last + 1n).leave.push(set);
      }
    }
  });
  const inside = new Set<number>();
  const seen = new Set<string>();
  const found: bigint[] = [];
  for (const [value, { enter, leave }] of [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    for (const set of leave) inside.delete(set);
    for (const set of enter) inside.add(set);
    const signature = [...inside].toSorted((a, b) => a - b).join();
    if (!seen.has(signature)) {
      seen.add(signature);
      found.push(value);
    }
  }
  return found;
}
