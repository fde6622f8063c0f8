import type { PortRange } from "@seawall/policy";
import type { Origin } from "./origin.ts";
import type { Target } from "./ruleset.ts";

/**
 * What is asked of a packet, and in which order, in the words of no backend. Each backend makes its own chains of
 * it: iptables-chains.ts, nft-chains.ts.
 */
export type LayoutChain = ListChain | DispatchChain;

/** Rules that are asked one after the other. */
export interface ListChain {
  readonly kind: "list";
  readonly name: string;
  readonly rules: readonly LayoutRule[];
}

/** Leads by the interface that a packet comes in by (from), or goes out by (to). No interface is here twice. */
export interface DispatchChain {
  readonly kind: "dispatch";
  readonly name: string;
  readonly end: End;
  readonly entries: readonly Dispatched[];
  /** What happens to what fits nowhere. */
  readonly rest: readonly LayoutRule[];
}

/** What is asked of traffic at one interface. */
export interface Dispatched {
  readonly at: string;
  /** That it is at this interface goes without saying. A jump among them comes back, and meets the rest. */
  readonly rules: readonly LayoutRule[];
}

export interface LayoutRule {
  /** All of these. None: every packet. */
  readonly match: readonly Match[];
  readonly target: Target;
  /** What it is, for people who list the rules. */
  readonly label: string;
  /** Absent: part of the frame, or decided by no policy. */
  readonly origin?: Origin;
}

/** The end of a packet's way: where it comes from, or where it goes to. */
export type End = "from" | "to";
export const ends = ["from", "to"] as const satisfies readonly End[];

export type Match =
  | {
      readonly kind: "interface";
      readonly end: End;
      readonly name: string;
      /** By any other. */
      readonly not?: true;
    }
  /** One of those whose names begin so. */
  | { readonly kind: "interfaces"; readonly end: End; readonly begin: string }
  | {
      readonly kind: "addresses";
      readonly end: End;
      /** Any of these: at least one, of the family that the chain is for, none within another. */
      readonly cidrs: readonly string[];
      /** They are many, and may be a set of this name; it stays when they change. */
      readonly key?: string;
    }
  | { readonly kind: "protocol"; readonly protocol: "TCP" | "UDP" | "ICMP" }
  | {
      readonly kind: "ports";
      readonly protocol: "TCP" | "UDP" | "SCTP";
      /** Of the destination, after DNAT: at least one, none within another. */
      readonly ranges: readonly PortRange[];
    }
  | {
      /** Came by one of these published ports of the host: as it was before DNAT, in the original direction. */
      readonly kind: "publishedPort";
      readonly protocol: "TCP" | "UDP";
      readonly ports: PortRange;
      /** At this address of the host. Absent: at any. */
      readonly address?: string;
    }
  /** Came by any published port of the host: in the original direction, as no reply did. */
  | { readonly kind: "published" }
  /** Whether DNAT led the connection here, in either direction. */
  | { readonly kind: "dnat"; readonly is: boolean }
  /** Belongs to a connection that passed, or is an error of one. */
  | { readonly kind: "established" }
  /** One message of ICMP, or ICMPv6 in a chain for IPv6. Without a code: all of them. */
  | { readonly kind: "icmp"; readonly type: number; readonly code?: number }
  /** The bit of the connection's mark that ends it is set. */
  | { readonly kind: "cut" }
  /** Whether somebody in this audit would have denied it: the bit of the packet's own mark that says so is set. */
  | { readonly kind: "denied"; readonly is: boolean }
  /** No more often than this; what comes above it does not match. */
  | { readonly kind: "rate"; readonly perSecond: number; readonly burst: number };

/** Every rule that is part of a chain. */
export function rulesIn(chain: LayoutChain): readonly LayoutRule[] {
  return chain.kind === "list"
    ? chain.rules
    : [...chain.entries.flatMap(({ rules }) => rules), ...chain.rest];
}

/** A chain of rules. */
export function list(name: string, rules: readonly LayoutRule[]): ListChain {
  return { kind: "list", name, rules };
}

export function atInterface(end: End, name: string): Match {
  return { kind: "interface", end, name };
}

export function notAtInterface(end: End, name: string): Match {
  return { kind: "interface", end, name, not: true };
}

/** A chain that leads by interface; none where there is nothing to lead to. */
export function dispatch(
  name: string,
  end: End,
  entries: readonly Dispatched[],
  rest: readonly LayoutRule[] = [],
): readonly DispatchChain[] {
  return entries.length === 0 ? [] : [{ kind: "dispatch", name, end, entries, rest }];
}
