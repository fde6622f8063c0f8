import type { Action, AddressSet, PortMatch, RuleAction, Tier } from "./desired-state.ts";

/** What one host has to enforce, in the kernel's vocabulary: bridges. Derived from the desired state and the networks of this moment, never stored. */
export interface ResolvedState {
  /** Only bridges that at least one policy selects, sorted by bridge name. */
  readonly bridges: readonly ResolvedBridge[];
  readonly policies: readonly ResolvedPolicy[];
}

export interface ResolvedPolicy {
  readonly name: string;
  /** Names of the networks it selects here now, sorted. */
  readonly networks: readonly string[];
  /** Networks it selects that cannot be enforced here now, each with the reason. */
  readonly unenforceable: readonly {
    readonly network: string;
    readonly reason: "NoBridge" | "UnsupportedDriver";
  }[];
}

export interface ResolvedBridge {
  readonly networkId: string;
  readonly network: string;
  readonly bridge: string;
  /** Absent: no policy says anything about this direction. */
  readonly ingress?: ResolvedDirection;
  readonly egress?: ResolvedDirection;
}

export interface ResolvedDirection {
  /** In the order in which they are judged; the first match decides, or passes over the rest of its tier. */
  readonly rules: readonly ResolvedRule[];
  /** Deny if any policy says so, else Reject if any does, else Allow. */
  readonly defaultAction: Action;
  /** The policy whose default decides; absent when the default is Allow. */
  readonly defaultPolicy?: string;
}

export interface ResolvedRule {
  readonly policy: string;
  readonly rule: string;
  readonly tier: Tier;
  readonly action: RuleAction;
  /** Absent = anywhere. */
  readonly addresses?: AddressSet;
  /** Besides the addresses; only there when they are. May be empty. */
  readonly networks?: readonly ResolvedPeerNetwork[];
  readonly ports?: readonly PortMatch[];
}

/** Another bridge of the same host: told by the interface and, where they are known, by its addresses, never by these alone. */
export interface ResolvedPeerNetwork {
  readonly bridge: string;
  readonly addresses?: AddressSet;
}
