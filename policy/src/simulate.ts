import { addressSetContains } from "./address-set.ts";
import type { Address } from "./cidr.ts";
import type { Action, PortMatch, PortRange } from "./desired-state.ts";
import { includesPort } from "./host-ports.ts";
import { bindingTakes } from "./published-path.ts";
import type {
  ResolvedBinding,
  ResolvedCase,
  ResolvedDirection,
  ResolvedList,
  ResolvedManagement,
  ResolvedPeers,
  ResolvedPlane,
  ResolvedRule,
  ResolvedState,
  Scope,
} from "./resolved-state.ts";

/** The first packet of a connection, as the host's forwarding path sees it: after DNAT. */
export interface Packet {
  readonly protocol: "TCP" | "UDP" | "ICMP";
  readonly source: Address;
  /** Of the same family as the source. */
  readonly destination: Address;
  /** The container's port for TCP and UDP. */
  readonly destinationPort?: number;
  /** The port as published on the host, when Docker's DNAT brought the packet here. */
  readonly publishedPort?: number;
  /** The address of the host that it was sent to, before that DNAT; absent: one by which nobody reaches the controller. */
  readonly publishedAddress?: Address;
  /** The interface it came in by. */
  readonly in: string;
  /** The one it goes out by; absent: it is for the host itself. */
  readonly out?: string;
}

/** What a rule's ports look at. No rule names SCTP, so only rules without ports match it. */
export interface PacketPorts {
  readonly protocol: Packet["protocol"] | "SCTP";
  readonly destinationPort?: number;
  readonly publishedPort?: number;
}

/** One list of rules that was asked, and what it said. */
export interface Judgement {
  /** The network's name, or that of an interface outside Docker; `published port 8080`, where nobody has that one yet. */
  readonly network: string;
  readonly scope: Scope;
  readonly action: Action;
  /** Absent: nothing denies and no rule matched; or `held`. */
  readonly decidedBy?: RuleName;
  /** Denied because an address of one of this host's bridges is no known container's, or a published port is nobody's yet. */
  readonly held?: true;
  /** What decided is in Audit, so nothing is denied. */
  readonly audited?: true;
  /** Rules that matched before and passed the packet on to the next tier, in order; absent when none did. */
  readonly passedBy?: readonly RuleName[];
  /** Rules that were looked at before it was decided and did not match, in order; absent when there were none. */
  readonly notMatched?: readonly RuleName[];
}

export interface RuleName {
  readonly policy: string;
  readonly rule: string;
}

export interface Verdict {
  readonly action: Action;
  /** The judgement that decided; absent when no policy has anything to say about the packet. */
  readonly decidedBy?: Judgement;
  /** Every list that was asked, in order; after a denial none is. */
  readonly judgements: readonly Judgement[];
  /** The denial that policies in Audit would have decided; absent: none. */
  readonly wouldDeny?: Judgement;
  /** No policy was asked: agents reach the controller there. */
  readonly management?: ResolvedManagement;
}

/** The name that reports give to a default action. */
const DEFAULT_RULE = "default";

/**
 * What the policies say about a packet: egress of the bridge it comes from, then
 * ingress of the bridge it goes to; internal of a bridge that it stays on, unless
 * it came by a published port. What comes to a published port of the host and was not redirected is judged as if it
 * had been. Says nothing of what Docker itself would do with what is allowed.
 */
export function simulate(state: ResolvedState, packet: Packet): Verdict {
  const management = managementOf(state, calledBy(packet));
  if (management !== undefined) return { action: "Allow", judgements: [], management };
  const atNewBridge = heldAtNewBridge(state, packet);
  if (atNewBridge !== undefined) return verdictOf([atNewBridge]);
  const { meant, binding } = meantPacket(state, packet);
  if (meant === undefined) {
    return verdictOf([{ network: binding.network, scope: "ingress", ...held }]);
  }
  if (binding === undefined && isAtHeldPort(state, packet)) {
    const network = `published port ${String(packet.destinationPort)}`;
    return verdictOf([{ network, scope: "ingress", ...held }]);
  }
  const audited = state.audit && judgeAll(state.audit, state, meant).at(-1);
  return verdictOf(judgeAll(state, state, meant), audited);
}

function verdictOf(judgements: readonly Judgement[], audited?: Judgement): Verdict {
  const last = judgements.at(-1);
  return {
    action: last?.action ?? "Allow",
    ...(last === undefined ? {} : { decidedBy: last }),
    judgements,
    ...(audited?.audited === true && audited.action !== "Allow" ? { wouldDeny: audited } : {}),
  };
}

/** Who was called, before Docker redirected it. */
export interface Called {
  readonly protocol: Packet["protocol"];
  /** Absent: an address by which nobody reaches the controller. */
  readonly destination?: Address;
  readonly port?: number;
}

function calledBy(packet: Packet): Called {
  const { protocol, out, publishedAddress, publishedPort } = packet;
  const [destination, port] =
    out === undefined
      ? [packet.destination, packet.destinationPort]
      : [publishedAddress, publishedPort];
  return { protocol, ...(destination && { destination }), ...(port !== undefined && { port }) };
}

/** Where agents reach the controller, if that is where was called. */
export function managementOf(
  { management }: Pick<ResolvedState, "management">,
  { protocol, destination, port }: Called,
): ResolvedManagement | undefined {
  if (protocol !== "TCP" || destination === undefined) return undefined;
  const { family, value } = destination;
  return management.find(
    (one) => one.port === port && one.address.family === family && one.address.value === value,
  );
}

/** The published port that a packet for the host itself comes to; the host's own packets are its own business. */
function bindingOf(
  bindings: readonly ResolvedBinding[],
  { in: from, out, protocol, destination, destinationPort }: Packet,
): ResolvedBinding | undefined {
  if (out !== undefined || from === "lo") return undefined;
  return bindings.find(
    (one) =>
      one.protocol === protocol &&
      one.hostPort === destinationPort &&
      bindingTakes(one, destination),
  );
}

/**
 * The packet that is judged: as Docker's DNAT would have changed it where it comes to a published port of the host
 * itself, else as it is. `meant` is absent where it is not known to whom that port leads.
 */
export function meantPacket(
  { bindings }: Pick<ResolvedState, "bindings">,
  packet: Packet,
):
  | { readonly meant: Packet; readonly binding?: ResolvedBinding }
  | { readonly meant?: never; readonly binding: ResolvedBinding } {
  const binding = bindingOf(bindings, packet);
  if (binding === undefined) return { meant: packet };
  const { to, hostPort } = binding;
  if (to === undefined) return { binding };
  const destination = { destination: to.address, destinationPort: to.port, out: to.bridge };
  return { meant: { ...packet, ...destination, publishedPort: hostPort }, binding };
}

function judgeAll(
  plane: ResolvedPlane,
  { dockerBridges }: ResolvedState,
  packet: Packet,
): readonly Judgement[] {
  const judgements: Judgement[] = [];
  for (const { network, scope, direction } of asked(plane, dockerBridges, packet)) {
    const said = judgeDirection(direction, scope, plane, packet);
    if (said === undefined) continue;
    const judgement = { network, scope, ...said };
    judgements.push(judgement);
    if (judgement.action !== "Allow") break;
  }
  return judgements;
}

/** By which interfaces a packet goes. */
export type Interfaces = Pick<Packet, "in" | "out">;

/** What comes or goes by a bridge that may be Docker's and is not known yet: nobody knows what is said about it. */
export function heldAtNewBridge(
  { knownBridges }: Pick<ResolvedState, "knownBridges">,
  { in: from, out: to }: Interfaces,
): Judgement | undefined {
  if (knownBridges === undefined) return undefined;
  const isNew = (name: string) => name.startsWith("br-") && !knownBridges.includes(name);
  if (isNew(from)) {
    return { network: from, scope: to === undefined ? "host" : "egress", ...held };
  }
  return to !== undefined && isNew(to) ? { network: to, scope: "ingress", ...held } : undefined;
}

/** To the host itself, at a port of nobody that policies name as a published one; the host's own packets are its own business. */
export function isAtHeldPort(
  { heldPorts = [] }: Pick<ResolvedState, "heldPorts">,
  { in: from, out, protocol, destinationPort: port }: Interfaces & PacketPorts,
): boolean {
  if (out !== undefined || from === "lo" || port === undefined) return false;
  return includesPort(heldPorts, { protocol, port });
}

/** A direction that is asked about a packet. */
export interface Asked {
  readonly network: string;
  readonly scope: Scope;
  readonly direction: ResolvedDirection;
}

/** All that are asked, in order, until one denies. */
export function asked(
  plane: ResolvedPlane,
  dockerBridges: readonly string[],
  packet: Interfaces & Pick<Packet, "publishedPort">,
): readonly Asked[] {
  const at = (name: string | undefined, scope: Scope): readonly Asked[] => {
    const bridge = plane.bridges.find((one) => one.bridge === name);
    const direction = bridge?.[scope];
    return bridge === undefined || direction === undefined
      ? []
      : [{ network: bridge.network, scope, direction }];
  };
  const outside = (name: string, scope: "ingress" | "egress"): readonly Asked[] => {
    const direction = plane.interfaces.find((one) => one.interface === name)?.[scope];
    return direction === undefined ? [] : [{ network: name, scope, direction }];
  };
  const { in: from, out: to } = packet;
  if (to === undefined) return at(from, "host");
  if (from === to && packet.publishedPort === undefined && dockerBridges.includes(from)) {
    return at(from, "internal");
  }
  if (dockerBridges.includes(from) || dockerBridges.includes(to)) {
    return [...at(from, "egress"), ...at(to, "ingress")];
  }
  return [...outside(from, "egress"), ...outside(to, "ingress")];
}

type Said = Omit<Judgement, "network" | "scope">;

const held: Said = { action: "Deny", held: true };

/** undefined: no policy speaks of who is at the container's end. */
function judgeDirection(
  direction: ResolvedDirection,
  scope: Scope,
  plane: ResolvedPlane,
  packet: Packet,
): Said | undefined {
  const end = packet[containersEnd(scope)];
  const fitting = caseOf(direction, end, packet.publishedPort);
  if (fitting !== undefined) return judge(fitting.list, plane, packet);
  return holdsUnknown(direction, packet.publishedPort) ? held : undefined;
}

/** At which end of a packet the container is whom the scope is about. */
export function containersEnd(scope: Scope): "source" | "destination" {
  return scope === "egress" || scope === "host" ? "source" : "destination";
}

/** Who is asked about a container's end with this address; undefined: nobody that is known. */
export function caseOf(
  direction: ResolvedDirection,
  end: Address,
  publishedPort: number | undefined,
): ResolvedCase | undefined {
  return direction.cases.find(
    (one) =>
      (one.addresses === undefined || addressSetContains(one.addresses, end)) &&
      isAskedOf(one, direction, publishedPort),
  );
}

/** Whether the case is for what comes by a published port, or for what does not. */
export function isAskedOf(
  { published }: ResolvedCase,
  { holdsPublished }: ResolvedDirection,
  publishedPort: number | undefined,
): boolean {
  const isPublished = publishedPort !== undefined;
  return published === undefined ? !isPublished || holdsPublished === undefined : isPublished;
}

/** What becomes of whom no case fits. */
export function holdsUnknown(
  { holds, holdsPublished }: ResolvedDirection,
  publishedPort: number | undefined,
): boolean {
  return holds || (holdsPublished === true && publishedPort !== undefined);
}

function judge(list: ResolvedList, plane: ResolvedPlane, packet: Packet): Said {
  const passedBy: ResolvedRule[] = [];
  const notMatched: ResolvedRule[] = [];
  const decided = ({ action, ...said }: Said): Said => ({
    action,
    ...said,
    ...(passedBy.length === 0 ? {} : { passedBy: passedBy.map(nameOf) }),
    ...(notMatched.length === 0 ? {} : { notMatched: notMatched.map(nameOf) }),
  });
  for (const rule of list.rules) {
    if (passedBy.at(-1)?.tier === rule.tier) continue;
    const matches = matchesPorts(rule, packet);
    if (matches && matchesPeers(rule, packet)) {
      if (rule.action !== "Pass") {
        const { action, audited } = rule;
        return decided({ action, decidedBy: nameOf(rule), ...(audited && { audited }) });
      }
      passedBy.push(rule);
    } else {
      if (matches && isHeldAt(rule, plane, packet)) return decided(held);
      notMatched.push(rule);
    }
  }
  const { defaultAction: action, defaultPolicy: policy, defaultAudited: audited } = list;
  return decided({
    action,
    ...(policy === undefined ? {} : { decidedBy: { policy, rule: DEFAULT_RULE } }),
    ...(audited && { audited }),
  });
}

function nameOf({ policy, rule }: ResolvedRule): RuleName {
  return { policy, rule };
}

/** One end comes or goes by a bridge whose containers the rule names, with an address that is none of theirs. */
function isHeldAt({ from, to }: ResolvedRule, plane: ResolvedPlane, packet: Packet): boolean {
  const isUnknown = (peers: ResolvedPeers | undefined, via: string | undefined, address: Address) =>
    peers !== undefined &&
    via !== undefined &&
    peers.unresolved.includes(via) &&
    !plane.known.some(
      ({ bridge, addresses }) => bridge === via && addressSetContains(addresses, address),
    );
  return isUnknown(from, packet.in, packet.source) || isUnknown(to, packet.out, packet.destination);
}

function matchesPeers({ from, to }: ResolvedRule, packet: Packet): boolean {
  return (
    (from === undefined || isPeer(from, packet.in, packet.source)) &&
    (to === undefined || isPeer(to, packet.out, packet.destination))
  );
}

function isPeer(
  { addresses, networks }: ResolvedPeers,
  via: string | undefined,
  address: Address,
): boolean {
  return (
    addressSetContains(addresses, address) ||
    networks.some(
      (one) =>
        one.bridge === via &&
        (one.addresses === undefined || addressSetContains(one.addresses, address)),
    )
  );
}

export function matchesPorts({ ports }: Pick<ResolvedRule, "ports">, packet: PacketPorts): boolean {
  return ports === undefined || ports.some((port) => matchesPort(port, packet));
}

function matchesPort(match: PortMatch, packet: PacketPorts): boolean {
  switch (match.kind) {
    case "icmp":
      return packet.protocol === "ICMP";
    case "port":
      return (
        packet.protocol === match.protocol &&
        (match.ports === undefined || inRange(match.ports, packet.destinationPort))
      );
    case "publishedPort":
      return packet.protocol === match.protocol && inRange(match.ports, packet.publishedPort);
  }
}

function inRange({ first, last }: PortRange, port: number | undefined): boolean {
  return port !== undefined && port >= first && port <= last;
}
