import {
  type Address,
  type AddressSet,
  type Cidr,
  cidrOfText,
  lastAddress,
  type ResolvedDirection,
  type ResolvedPeers,
  type ResolvedState,
  simulate,
} from "@seawall/policy";
import { addressIntervals } from "./address-intervals.ts";
import { type Ends, isRedirected } from "./connection.ts";
import { type ConnectionGround, groups, packetsOf } from "./connection-packets.ts";
import { whereIs } from "./host-routes.ts";

/** `unknown`: it depends on by which interface it came in, and that cannot be told. */
export type Standing = "allowed" | "denied" | "unknown";

export interface ConnectionJudge {
  /** What the policies say of a live connection now. */
  standing(ends: Ends): Standing;
  /** Whether it stands so with everybody of a block at this end. Of many different people: false, to be asked for fewer. */
  standsForAll(ends: Ends, end: End, block: Cidr, standing: Standing): boolean;
}

/** `destination` of a connection that is not redirected, and so its answerer too. */
export type End = "source" | "destination";

/**
 * Asks the state that is rendered. What is held is denied here as the rules deny its first packet: the address of a
 * container that comes to be known changes the rules, and with them every connection is judged again. Not to cut
 * it would leave it open for good where nobody ever knows the address.
 */
export function createConnectionJudge(
  state: ResolvedState,
  ground: ConnectionGround,
): ConnectionJudge {
  const intervals = addressIntervals([...blocksOf(state), ...blocksOfGround(ground)]);
  const known = new Map<string, Standing>();

  const standing = (ends: Ends): Standing => {
    const { protocol, source, answerer, port = "", answeringPort = "" } = ends;
    // Nothing that is asked tells addresses of one interval apart, nor the port of who began.
    const who = [source.family, intervals.indexOf(source), intervals.indexOf(answerer)];
    const key = [...who, protocol, answeringPort, isRedirected(ends) ? port : "direct"].join(" ");
    const before = known.get(key);
    if (before !== undefined) return before;
    const judged = judge(state, ends, ground);
    known.set(key, judged);
    return judged;
  };

  // What is sent to the host itself Docker may redirect, to whomever: nobody is told together with it.
  const isOwn = (address: Address) => whereIs(address, ground.routes).isOwn;

  return {
    standing,
    standsForAll: (ends, end, { family, network, prefix }, wanted) => {
      const first = intervals.indexOf({ family, value: network });
      const last = intervals.indexOf({ family, value: lastAddress({ family, network, prefix }) });
      if (last - first >= mostIntervals) return false;
      if (end === "destination" && isOwn(ends.destination)) return false;
      for (let index = first; index <= last; index++) {
        const start = intervals.first(family, index);
        const address = start.value < network ? { family, value: network } : start;
        if (end === "destination" && isOwn(address)) return false;
        if (standing(withEnd(ends, end, address)) !== wanted) return false;
      }
      return true;
    },
  };
}

/** So many answers are worth one command less. */
const mostIntervals = 256;

function withEnd(ends: Ends, end: End, address: Address): Ends {
  return end === "source"
    ? { ...ends, source: address }
    : { ...ends, destination: address, answerer: address };
}

function judge(state: ResolvedState, ends: Ends, ground: ConnectionGround): Standing {
  const verdicts = packetsOf(ends, ground).map(
    (packet) => packet !== "unseen" && simulate(state, packet).action !== "Allow",
  );
  if (!verdicts.includes(true)) return "allowed";
  return verdicts.includes(false) ? "unknown" : "denied";
}

/** Whatever the state tells addresses by. */
function blocksOf({ bridges, interfaces, known }: ResolvedState): readonly Cidr[] {
  const directions = [
    ...bridges.flatMap(({ ingress, egress, internal, host }) => [ingress, egress, internal, host]),
    ...interfaces.flatMap(({ ingress, egress }) => [ingress, egress]),
  ];
  const sets = [
    ...directions.flatMap((direction) => (direction === undefined ? [] : setsOf(direction))),
    ...known.map(({ addresses }) => addresses),
  ];
  return sets.flatMap(({ v4, v6 }) => [...v4, ...v6].map(cidrOfText));
}

function setsOf({ cases }: ResolvedDirection): readonly AddressSet[] {
  return cases.flatMap(({ addresses, list }) => [
    ...(addresses === undefined ? [] : [addresses]),
    ...list.rules.flatMap(({ from, to }) => [...setsOfPeers(from), ...setsOfPeers(to)]),
  ]);
}

function setsOfPeers(peers: ResolvedPeers | undefined): readonly AddressSet[] {
  if (peers === undefined) return [];
  return [peers.addresses, ...peers.networks.flatMap(({ addresses }) => addresses ?? [])];
}

function blocksOfGround({ routes }: ConnectionGround): readonly Cidr[] {
  return [...groups, ...routes.own, ...routes.routes.map(({ to }) => to)];
}
