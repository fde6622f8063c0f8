import type { LabelSelector } from "./label-selector.ts";

/**
 * What one host has to enforce, in Docker's vocabulary: networks by name and
 * label, addresses as CIDRs. Compiled by the controller, carried in a bundle,
 * resolved to bridges by the agent.
 */
export interface DesiredState {
  /** In the order in which they are judged: tier, priority, name. */
  readonly policies: readonly DesiredPolicy[];
}

export type Tier = "Guardrail" | "Standard" | "Baseline";
export type Action = "Allow" | "Deny" | "Reject";
/** Pass decides nothing: the next tier is asked, behind the last one the defaults. */
export type RuleAction = Action | "Pass";
export type Direction = "ingress" | "egress";
export type Family = "IPv4" | "IPv6";

export interface DesiredPolicy {
  readonly name: string;
  readonly tier: Tier;
  readonly priority: number;
  readonly networkSelector: NetworkSelector;
  /** Absent: the policy says nothing about this direction. */
  readonly ingress?: DesiredDirection;
  readonly egress?: DesiredDirection;
}

export interface NetworkSelector {
  /** Docker network names, `*` is a wildcard; any of them. Absent = every name. */
  readonly names?: readonly string[];
  /** Must hold as well. Absent = every label. */
  readonly labels?: LabelSelector;
}

export interface DesiredDirection {
  readonly defaultAction: Action;
  readonly rules: readonly DesiredRule[];
}

export interface DesiredRule {
  /** The rule's own name, or `rules[N]`. */
  readonly name: string;
  readonly action: RuleAction;
  /** Absent = anywhere. Present and empty = nowhere: the rule matches nothing. */
  readonly addresses?: AddressSet;
  /** Besides the addresses, other bridges of the same host, by any of these; never there without addresses. */
  readonly networks?: readonly NetworkSelector[];
  /** Absent = every protocol and port. */
  readonly ports?: readonly PortMatch[];
}

/** Canonical, disjoint, sorted CIDRs. */
export interface AddressSet {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

export type PortMatch =
  | {
      readonly kind: "port";
      readonly protocol: "TCP" | "UDP";
      /** Inclusive, in the container's terms, after DNAT. Absent = every port of the protocol. */
      readonly ports?: PortRange;
    }
  | {
      readonly kind: "publishedPort";
      readonly protocol: "TCP" | "UDP";
      /** Inclusive, as published on the host, before DNAT. */
      readonly ports: PortRange;
    }
  | { readonly kind: "icmp" };

export interface PortRange {
  readonly first: number;
  readonly last: number;
}
