import {
  type Address,
  addressIntervals,
  blocksToldApart,
  type Cidr,
  intervalOf,
  lastAddress,
  managementOf,
  portsToldApart,
  type ResolvedState,
  type RuleName,
  simulate,
} from "@seawall/policy";
import { type Ends, isRedirected } from "./connection.ts";
import { type ConnectionGround, groups, packetsOf } from "./connection-packets.ts";
import { whereIs } from "./host-routes.ts";

/** `unknown`: it depends on by which interface it came in, and that cannot be told. */
export type ConnectionVerdict = "allowed" | "denied" | "unknown";

export interface ConnectionJudge {
  /** What the policies say of a live connection now. */
  verdict(ends: Ends): ConnectionVerdict;
  /** The rule that denies it; undefined: it is held, or nothing does. */
  denial(ends: Ends): RuleName | undefined;
  /** Whether it is the same for all of these others. Where that would be very many questions, it is not known: false. */
  isSameForAll(ends: Ends, others: Others, verdict: ConnectionVerdict): boolean;
}

/** Connections that are alike but for who, of a block, is at one end, and perhaps for the port that was called. */
export interface Others {
  readonly end: End;
  readonly block: Cidr;
  readonly anyPort: boolean;
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
  const intervals = addressIntervals([
    ...blocksToldApart(state),
    // Routes tell them apart as well.
    ...[...groups, ...ground.routes.own, ...ground.routes.routes.map(({ to }) => to)],
  ]);
  const ports = {
    TCP: portsToldApart(state, "port", "TCP"),
    UDP: portsToldApart(state, "port", "UDP"),
    ICMP: [0],
  };
  const published = {
    TCP: portsToldApart(state, "publishedPort", "TCP"),
    UDP: portsToldApart(state, "publishedPort", "UDP"),
    ICMP: [0],
  };
  const known = new Map<string, ConnectionVerdict>();

  // Nothing that is asked tells anything else of a connection apart.
  const likeness = (ends: Ends): string => {
    const { protocol, source, answerer, port = 0, answeringPort = 0 } = ends;
    return [
      ...[source.family, intervals.indexOf(source), intervals.indexOf(answerer)],
      ...[protocol, intervalOf(ports[protocol], answeringPort)],
      isRedirected(ends) ? intervalOf(published[protocol], port) : "direct",
      isToManagement(state, ends) ? "management" : "",
    ].join(" ");
  };

  const verdict = (ends: Ends): ConnectionVerdict => {
    const like = likeness(ends);
    const before = known.get(like);
    if (before !== undefined) return before;
    const judged = judge(state, ends, ground);
    known.set(like, judged);
    return judged;
  };

  // What is sent to the host itself Docker may redirect, to whomever: nobody is told together with it.
  const isOwn = (address: Address) => whereIs(address, ground.routes).isOwn;

  /** One of each interval that the block lies in. */
  const representatives = ({ family, network, prefix }: Cidr): readonly Address[] | undefined => {
    const first = intervals.indexOf({ family, value: network });
    const last = intervals.indexOf({ family, value: lastAddress({ family, network, prefix }) });
    if (last - first >= mostAsked) return undefined;
    return Array.from({ length: last - first + 1 }, (_, index) => {
      const start = intervals.first(family, first + index);
      return start.value < network ? { family, value: network } : start;
    });
  };

  return {
    verdict,
    denial: (ends) => denialOf(state, ends, ground),
    isSameForAll: (ends, { end, block, anyPort }, wanted) => {
      const addresses = representatives(block);
      const portsAsked = anyPort ? ports[ends.protocol] : [ends.port];
      if (addresses === undefined || addresses.length * portsAsked.length > mostAsked) return false;
      if (end === "destination" && [ends.destination, ...addresses].some(isOwn)) return false;
      return addresses.every((address) =>
        portsAsked.every((port) => verdict(other(ends, end, address, port)) === wanted),
      );
    },
  };
}

/** Without policies, nothing that is open is denied. */
export function deniesAnything({ bridges, interfaces, knownBridges }: ResolvedState): boolean {
  return bridges.length > 0 || interfaces.length > 0 || knownBridges !== undefined;
}

/** So many answers are worth one command less. */
const mostAsked = 256;

function other(ends: Ends, end: End, address: Address, port: number | undefined): Ends {
  const { protocol, source, destination, answerer, answeringPort } = ends;
  return {
    protocol,
    ...(end === "source"
      ? { source: address, destination, answerer }
      : { source, destination: address, answerer: address }),
    ...(port === undefined ? {} : { port }),
    // Redirected ones keep their ports.
    ...(port === undefined || answeringPort === undefined
      ? {}
      : { answeringPort: isRedirected(ends) ? answeringPort : port }),
  };
}

/** Who is called decides nothing else where it was redirected, so no interval tells these apart. */
function isToManagement({ management }: ResolvedState, ends: Ends): boolean {
  return managementOf({ management }, ends) !== undefined;
}

function denialOf(
  state: ResolvedState,
  ends: Ends,
  ground: ConnectionGround,
): RuleName | undefined {
  return packetsOf(ends, ground)
    .flatMap((packet) => (packet === "unseen" ? [] : [simulate(state, packet)]))
    .find(({ action }) => action !== "Allow")?.decidedBy?.decidedBy;
}

function judge(state: ResolvedState, ends: Ends, ground: ConnectionGround): ConnectionVerdict {
  const verdicts = packetsOf(ends, ground).map(
    (packet) => packet !== "unseen" && simulate(state, packet).action !== "Allow",
  );
  if (!verdicts.includes(true)) return "allowed";
  return verdicts.includes(false) ? "unknown" : "denied";
}
