import { addressSetContains } from "./address-set.ts";
import type { Address } from "./cidr.ts";
import type { Action, AddressSet, Direction, PortMatch, PortRange } from "./desired-state.ts";
import type { ResolvedDirection, ResolvedRule, ResolvedState } from "./resolved-state.ts";

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
  /** The interface it came in by and the one it goes out by. */
  readonly in: string;
  readonly out: string;
}

/** One list of rules that was asked, and what it said. */
export interface Judgement {
  readonly network: string;
  readonly direction: Direction;
  readonly action: Action;
  /** Absent: nothing denies and no rule matched. */
  readonly decidedBy?: RuleName;
  /** Rules that matched before and passed the packet on to the next tier, in order; absent when none did. */
  readonly passedBy?: readonly RuleName[];
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
}

/** The name that reports give to a default action. */
const DEFAULT_RULE = "default";

/**
 * What the policies say about a packet: egress of the bridge it comes from, then
 * ingress of the bridge it goes to. Traffic that stays on one bridge is judged by
 * neither. Says nothing of what Docker itself would do with what is allowed.
 */
export function simulate(state: ResolvedState, packet: Packet): Verdict {
  const judgements: Judgement[] = [];
  for (const direction of ["egress", "ingress"] as const) {
    const crossed = direction === "egress" ? packet.in : packet.out;
    const bridge = state.bridges.find(({ bridge: name }) => name === crossed);
    const list = bridge?.[direction];
    if (bridge === undefined || list === undefined || packet.in === packet.out) continue;
    const judgement = { network: bridge.network, direction, ...judge(list, direction, packet) };
    judgements.push(judgement);
    if (judgement.action !== "Allow") break;
  }
  const last = judgements.at(-1);
  return last === undefined
    ? { action: "Allow", judgements }
    : { action: last.action, decidedBy: last, judgements };
}

function judge(
  { rules, defaultAction, defaultPolicy }: ResolvedDirection,
  direction: Direction,
  packet: Packet,
): Omit<Judgement, "network" | "direction"> {
  const passes: ResolvedRule[] = [];
  for (const rule of rules) {
    if (passes.at(-1)?.tier === rule.tier || !matches(rule, direction, packet)) continue;
    if (rule.action !== "Pass") {
      return { action: rule.action, decidedBy: nameOf(rule), ...passedBy(passes) };
    }
    passes.push(rule);
  }
  return {
    action: defaultAction,
    ...(defaultPolicy === undefined
      ? {}
      : { decidedBy: { policy: defaultPolicy, rule: DEFAULT_RULE } }),
    ...passedBy(passes),
  };
}

function nameOf({ policy, rule }: ResolvedRule): RuleName {
  return { policy, rule };
}

function passedBy(passes: readonly ResolvedRule[]): Pick<Judgement, "passedBy"> {
  return passes.length === 0 ? {} : { passedBy: passes.map(nameOf) };
}

function matches(
  { addresses, networks = [], ports }: ResolvedRule,
  direction: Direction,
  packet: Packet,
): boolean {
  const [peer, via] =
    direction === "ingress" ? [packet.source, packet.in] : [packet.destination, packet.out];
  const isIn = (set: AddressSet | undefined) => set === undefined || addressSetContains(set, peer);
  return (
    (isIn(addresses) || networks.some((one) => one.bridge === via && isIn(one.addresses))) &&
    (ports === undefined || ports.some((port) => matchesPort(port, packet)))
  );
}

function matchesPort(match: PortMatch, packet: Packet): boolean {
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
