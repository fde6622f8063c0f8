import { addressBits, type Cidr, cidrOfText, parseAddress } from "./cidr.ts";
import type { AddressSet, PortMatch } from "./desired-state.ts";
import { remembered } from "./remembered.ts";
import type {
  ResolvedDirection,
  ResolvedList,
  ResolvedPeers,
  ResolvedState,
} from "./resolved-state.ts";

/** All blocks by which policies and networks tell addresses apart: those in the same ones are one to them. */
export function blocksToldApart(state: ResolvedState): readonly Cidr[] {
  const cases = directionsOf(state).flatMap((direction) => direction.cases);
  const sets = [
    ...cases.flatMap(({ addresses }) => addresses ?? []),
    ...state.known.map(({ addresses }) => addresses),
  ];
  const ofBindings = state.bindings.flatMap(({ hostAddress, to }) => {
    const host = parseAddress(hostAddress);
    return [...(host.ok ? [host.address] : []), ...(to === undefined ? [] : [to.address])];
  });
  return [
    ...cases.flatMap(({ list }) => blocksIn(list)),
    ...sets.flatMap(blocksOf),
    ...ofBindings.map(({ family, value }) => ({
      ...{ family, network: value, prefix: addressBits(family) },
    })),
  ];
}

const blocksIn = remembered(({ rules }: ResolvedList): readonly Cidr[] =>
  rules.flatMap(({ from, to }) => [...setsOfPeers(from), ...setsOfPeers(to)]).flatMap(blocksOf),
);

function blocksOf({ v4, v6 }: AddressSet): readonly Cidr[] {
  return [...v4, ...v6].map(cidrOfText);
}

/**
 * Where the ports of a protocol begin that policies tell from those below, ascending, from 0 on: those of containers,
 * or those published on the host.
 */
export function portsToldApart(
  state: ResolvedState,
  kind: "port" | "publishedPort",
  protocol: "TCP" | "UDP",
): readonly number[] {
  // What comes to the host itself at one of these is judged as if it had been redirected.
  const published = state.bindings.filter((binding) => binding.protocol === protocol);
  const ofRules = portsOfRules(state, kind, protocol);
  const ofBindings = published.flatMap(({ hostPort, to }) => [
    ...[hostPort, hostPort + 1],
    ...(to === undefined ? [] : [to.port, to.port + 1]),
  ]);
  const ofHeld = (state.heldPorts ?? [])
    .filter((held) => held.protocol === protocol)
    .flatMap(({ ranges }) => ranges)
    .flatMap(({ first, last }) => [first, last + 1]);
  const ofManagement = protocol === "TCP" ? state.management : [];
  const ofAgents = ofManagement.flatMap(({ port }) => [port, port + 1]);
  return [...new Set([0, ...ofRules, ...ofBindings, ...ofHeld, ...ofAgents])].toSorted(
    (a, b) => a - b,
  );
}

/** As `portsToldApart`, where nothing is for the host itself. */
export function portsOfRules(
  state: ResolvedState,
  kind: "port" | "publishedPort",
  protocol: "TCP" | "UDP",
): readonly number[] {
  return directionsOf(state)
    .flatMap(({ cases }) => cases)
    .flatMap(({ list }) => startsIn(list, kind, protocol));
}

const startsIn = remembered(
  ({ rules }: ResolvedList, kind: "port" | "publishedPort", protocol: "TCP" | "UDP") => [
    ...new Set(
      rules.flatMap(({ ports }) => ports ?? []).flatMap((match) => startsOf(match, kind, protocol)),
    ),
  ],
);

function startsOf(
  match: PortMatch,
  kind: "port" | "publishedPort",
  protocol: "TCP" | "UDP",
): readonly number[] {
  if (match.kind !== kind || match.protocol !== protocol || match.ports === undefined) return [];
  return [match.ports.first, match.ports.last + 1];
}

function directionsOf({ bridges, interfaces }: ResolvedState): readonly ResolvedDirection[] {
  return [
    ...bridges.flatMap(({ ingress, egress, internal, host }) => [ingress, egress, internal, host]),
    ...interfaces.flatMap(({ ingress, egress }) => [ingress, egress]),
  ].filter((direction) => direction !== undefined);
}

function setsOfPeers(peers: ResolvedPeers | undefined): readonly AddressSet[] {
  if (peers === undefined) return [];
  return [peers.addresses, ...peers.networks.flatMap(({ addresses }) => addresses ?? [])];
}
