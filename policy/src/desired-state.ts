import type { AddressSet } from "./addresses.ts";
import type { ChosenHostOptions } from "./host-options.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";

export type { AddressSet, Family } from "./addresses.ts";

/**
 * What one host has to enforce, in Docker's vocabulary: networks and containers by
 * name and label, addresses as CIDRs. Compiled by the controller, carried in a
 * bundle, resolved to bridges and container addresses by the agent.
 */
export interface DesiredState {
  /** In the order in which they are judged: tier, priority, name. */
  readonly policies: readonly DesiredPolicy[];
  /** What an operator has chosen for this host; absent: nothing. */
  readonly options?: ChosenHostOptions;
}

export type Tier = "Guardrail" | "Standard" | "Baseline";
export type Action = "Allow" | "Deny" | "Reject";
/** Pass decides nothing: the next tier is asked, behind the last one the defaults. */
export type RuleAction = Action | "Pass";
export type Direction = "ingress" | "egress" | "internal";

export type DesiredPolicy = DesiredTarget & {
  readonly name: string;
  readonly tier: Tier;
  readonly priority: number;
  /** Absent: Enforce. */
  readonly mode?: "Audit";
  /** Absent: the policy says nothing about this direction. */
  readonly ingress?: DesiredDirection;
  readonly egress?: DesiredEgress;
  readonly internal?: DesiredDirection;
  /** What must be so on this host, whatever other policies say. */
  readonly tests?: readonly PolicyTest[];
};

export type DesiredTarget =
  | {
      readonly networkSelector: NetworkSelector;
      /** Absent: every container of these networks. */
      readonly containerSelector?: ContainerSelector;
      readonly interfaces?: never;
    }
  | {
      /** What is forwarded outside Docker: ingress goes out of one of these, egress comes in by one. */
      readonly interfaces: readonly string[];
      readonly networkSelector?: never;
      readonly containerSelector?: never;
    };

export interface DockerSelector {
  /** Names as Docker has them, `*` is a wildcard; any of them. Absent = every name. */
  readonly names?: readonly string[];
  /** Must hold as well. Absent = every label. */
  readonly labels?: LabelSelector;
}
export type NetworkSelector = DockerSelector;
export type ContainerSelector = DockerSelector;

export interface DesiredDirection {
  readonly defaultAction: Action;
  readonly rules: readonly DesiredRule[];
}

export interface DesiredEgress extends DesiredDirection {
  /** Also for what containers send to the host itself. */
  readonly host?: true;
}

export interface DesiredRule {
  /** The rule's own name, or `rules[N]`. */
  readonly name: string;
  readonly action: RuleAction;
  /** Absent = anywhere. In ingress and internal. */
  readonly from?: DesiredPeers;
  /** Absent = anywhere. In egress and internal. */
  readonly to?: DesiredPeers;
  /** Absent = every protocol and port. */
  readonly ports?: readonly PortMatch[];
  readonly log?: true;
}

/** Any of these. Nothing but empty addresses = nowhere: the rule matches nothing. */
export interface DesiredPeers {
  readonly addresses: AddressSet;
  /** Other bridges of the same host, by any of these. */
  readonly networks?: readonly NetworkSelector[];
  /** Containers of the same host, by any of these. */
  readonly containers?: readonly ContainerSelector[];
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
