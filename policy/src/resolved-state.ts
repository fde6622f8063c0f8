import type { Address } from "./cidr.ts";
import type {
  Action,
  AddressSet,
  Direction,
  PortMatch,
  RuleAction,
  Tier,
} from "./desired-state.ts";
import type { HostOptions } from "./host-options.ts";
import type { HostPorts } from "./host-ports.ts";

/**
 * What one host has to enforce, in the kernel's vocabulary: bridges, interfaces
 * and addresses. Derived from the desired state and the host of this moment, never stored.
 */
export interface ResolvedState extends ResolvedPlane {
  /** All policies together, those in Audit too; absent when none is. Nothing is denied by it, only counted. */
  readonly audit?: ResolvedPlane;
  /** Every Docker bridge of the host, sorted: traffic of interfaces is outside of them. */
  readonly dockerBridges: readonly string[];
  /**
   * What comes or goes by an interface whose name begins with `br-` is held unless it is one of these: Docker names its
   * bridges so, and nobody knows yet which policies this one has. Absent: nothing is held.
   */
  readonly knownBridges?: readonly string[];
  /** No two of them are the same port of the same address; sorted. */
  readonly bindings: readonly ResolvedBinding[];
  /**
   * What comes to the host itself at one of these is held where no binding takes it: policies name it as a published port, or a
   * container that does not run yet will publish it, and nobody knows yet where it will lead. Absent: nothing is held.
   */
  readonly heldPorts?: readonly HostPorts[];
  /** What no policy denies: no two are the same port of the same address; sorted. */
  readonly management: readonly ResolvedManagement[];
  readonly policies: readonly ResolvedPolicy[];
  readonly options: HostOptions;
}

/**
 * A published port. What comes to it and is not redirected, because docker-proxy answers, is for the host itself, and
 * is judged as if it had been redirected.
 */
export interface ResolvedBinding {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  /** `0.0.0.0` and `::` stand for every address of the family. */
  readonly hostAddress: string;
  readonly hostPort: number;
  /** The container's network. */
  readonly network: string;
  /** The container's end. Absent: it is not known now, and the port is held. */
  readonly to?: {
    readonly bridge: string;
    readonly address: Address;
    readonly port: number;
  };
}

/** Where agents reach NATS or the controller in a container of this host: by TCP, redirected to it or not. */
export interface ResolvedManagement {
  readonly address: Address;
  readonly port: number;
  readonly container: string;
}

/** What is judged together. */
export interface ResolvedPlane {
  /** Only bridges that at least one policy speaks of, sorted by bridge name. */
  readonly bridges: readonly ResolvedBridge[];
  /** Only interfaces that at least one policy speaks of, sorted by name. */
  readonly interfaces: readonly ResolvedInterface[];
  /** The containers' addresses on each bridge where what is not one of them is held as a peer; sorted by bridge. */
  readonly known: readonly KnownAddresses[];
}

export interface ResolvedPolicy {
  readonly name: string;
  /** Names of the networks, or interfaces, that it selects here now, sorted. */
  readonly networks: readonly string[];
  /** Names of the containers it selects, sorted; absent without a containerSelector. */
  readonly containers?: readonly string[];
  /** What it selects that cannot be enforced here now, each with the reason. */
  readonly unenforceable: readonly {
    readonly network: string;
    readonly reason: "NoBridge" | "UnsupportedDriver" | "NoInterface" | "DockerBridge";
  }[];
}

/** A list that is asked: one of a direction, or `host` for what containers send to the host itself. */
export type Scope = Direction | "host";

export type ResolvedBridge = {
  readonly networkId: string;
  readonly network: string;
  readonly bridge: string;
} & {
  /** Absent: no policy says anything about this. */
  readonly [Key in Scope]?: ResolvedDirection;
};

export interface ResolvedInterface {
  readonly interface: string;
  readonly ingress?: ResolvedDirection;
  readonly egress?: ResolvedDirection;
}

/**
 * The first case that fits is asked. An address of the container's end that fits
 * none is nobody's that is known now: held where `holds`, else allowed.
 */
export interface ResolvedDirection {
  readonly cases: readonly ResolvedCase[];
  readonly holds: boolean;
  /**
   * What came by a published port is asked of the cases for that alone, and held where none fits: Docker may have led
   * the port here before it is known whose the address is, and policies of other networks may have a say about him.
   */
  readonly holdsPublished?: true;
}

export interface ResolvedCase {
  /** Who is asked about, unlike for any other case of the direction. Empty: everybody. It stays when addresses change. */
  readonly key: string;
  /** Of the container's end: the destination, and for egress and host the source. Absent: every one. */
  readonly addresses?: AddressSet;
  /** Only what came by a published port. */
  readonly published?: true;
  readonly list: ResolvedList;
}

export interface ResolvedList {
  /** In the order in which they are judged; the first match decides, or passes over the rest of its tier. */
  readonly rules: readonly ResolvedRule[];
  /** Deny if any policy says so, else Reject if any does, else Allow. */
  readonly defaultAction: Action;
  /** The policy whose default decides; absent when the default is Allow. */
  readonly defaultPolicy?: string;
  /** That policy is in Audit. */
  readonly defaultAudited?: true;
}

export interface ResolvedRule {
  readonly policy: string;
  readonly rule: string;
  readonly tier: Tier;
  readonly action: RuleAction;
  /** Its policy is in Audit. */
  readonly audited?: true;
  /** Absent = anywhere. */
  readonly from?: ResolvedPeers;
  readonly to?: ResolvedPeers;
  readonly ports?: readonly PortMatch[];
  readonly log?: true;
}

/** Any of these; none of them = nowhere. */
export interface ResolvedPeers {
  readonly addresses: AddressSet;
  /** Behind a bridge of the same host. */
  readonly networks: readonly ResolvedPeerNetwork[];
  /** Bridges behind which an address that is not among the known ones cannot be told: what the rule may mean is held. */
  readonly unresolved: readonly string[];
}

/** Told by the bridge and, where they are known, by addresses, never by these alone. */
export interface ResolvedPeerNetwork {
  readonly bridge: string;
  readonly addresses?: AddressSet;
}

export interface KnownAddresses {
  readonly networkId: string;
  readonly bridge: string;
  readonly addresses: AddressSet;
}

/** Everybody is asked about by one list. */
export function oneList(list: ResolvedList): ResolvedDirection {
  return { cases: [{ key: "", list }], holds: false };
}
