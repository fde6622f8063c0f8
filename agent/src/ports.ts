import type {
  AwaitedPorts,
  DesiredState,
  DockerContainer,
  DockerNetwork,
  DockerProxy,
  Enforcement,
  Family,
} from "@seawall/policy";
import type { FlowReport, PreviewReport } from "@seawall/proto";
import type { Announcement } from "./core/announcement.ts";
import type { AppliedCuts } from "./core/applied-cuts.ts";
import type { Connection } from "./core/connection.ts";
import type { ConnectionFilter } from "./core/connection-filter.ts";
import type { Failure } from "./core/failure.ts";
import type { LoggedPacket } from "./core/flow-table.ts";
import type { Footprint } from "./core/footprint.ts";
import type { ForeignCommit } from "./core/foreign-commit.ts";
import type { HostRoutes } from "./core/host-routes.ts";
import type { HostSnapshot } from "./core/host-snapshot.ts";
import type { LogFilter } from "./core/log-source.ts";
import type { Endpoint } from "./core/management-bindings.ts";
import type { Moment } from "./core/moment.ts";
import type { ObservedFamilies, ObservedTables } from "./core/observed-kernel.ts";
import type { Opening } from "./core/opening.ts";
import type { ListeningSocket } from "./core/own-ports.ts";
import type { PlannedCommit } from "./core/plan.ts";
import type { RulesRecord } from "./core/rules-record.ts";
import type { Reached, Standing } from "./core/standing.ts";
import type { BundleId, Status } from "./core/status.ts";
import type { UnreadVariant } from "./core/unread-variants.ts";
import type { Variants } from "./core/variant.ts";

/** A bundle whose signature, host, format and features have been checked. */
export interface Bundle extends BundleId {
  readonly desired: DesiredState;
  /** The sealed bytes as they came: what is kept on disk, and verified again at the next start. */
  readonly envelope: Uint8Array;
}

/** Why a bundle is not applied. The last good one stays in force. */
export interface Refusal {
  /** PascalCase, as `BadSignature`, `WrongHost`, `UnknownFeature`. */
  readonly reason: string;
  readonly message: string;
  /** True when a newer agent would understand it: the host is then Unsupported, not Failed. */
  readonly unsupported: boolean;
}

export type BundleVerdict =
  | { readonly kind: "bundle"; readonly bundle: Bundle }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What is only to be looked at; nothing of it can be applied. */
export type PreviewVerdict =
  | { readonly kind: "preview"; readonly revision: number; readonly desired: DesiredState }
  | Extract<BundleVerdict, { readonly kind: "refused" }>;

/** Verifies sealed bytes. Never throws for what the bytes are. */
export type OpenBundle = (envelope: Uint8Array) => BundleVerdict;

/**
 * Where the desired state comes from. It fetches by itself and keeps the newest answer; `none` is
 * "nothing heard yet" and "the controller has no bundle for us", never an empty ruleset.
 */
export interface DesiredSource {
  latest(): { readonly kind: "none" } | BundleVerdict;
  /** Called whenever `latest()` may have changed. */
  onChange(listener: () => void): void;
}

/** The newest bundle that was accepted, how it stands, and the last confirmed one, on disk. */
export interface LastGood {
  read(): Promise<StoredBundles>;
  /** Durable when it resolves. Refuses a newest bundle that is older than the one stored. */
  store(record: BundleRecord): Promise<{ readonly kind: "stored" } | { readonly kind: "older" }>;
  readFootprint(): Promise<Footprint | "damaged">;
  storeFootprint(footprint: Footprint): Promise<void>;
}

/** The host as it was when its rules were last read back, on disk. */
export interface HostSnapshots {
  /** Undefined: there is none, or none that can be read. */
  read(): Promise<HostSnapshot | undefined>;
  /** Durable when it resolves. */
  store(snapshot: HostSnapshot): Promise<void>;
}

/** What is known of the rules in the kernel and of what they have counted, on disk. */
export interface RulesRecords {
  /** Undefined: there is none, or none that can be read. */
  read(): Promise<RulesRecord | undefined>;
  /** Durable when it resolves. */
  store(record: RulesRecord): Promise<void>;
  /** From now until the next `store`, rules may be others than those of the record. Outlives this agent, and not this boot. */
  writes(): Promise<void>;
}

/** What the newest revision has cut here, and what was announced, on disk: a rollout takes longer than an agent may run. */
export interface CutRecords {
  /** Undefined: there is none, or none that can be read. */
  read(): Promise<AppliedCuts | undefined>;
  /** Durable when it resolves. */
  store(cuts: AppliedCuts): Promise<void>;
  /** Oldest first. Those that cannot be read were never made. */
  announcements(): Promise<readonly Announcement[]>;
  /** Durable when it resolves. Of many the oldest are forgotten. */
  announce(announcement: Announcement): Promise<void>;
}

export interface BundleRecord {
  readonly newest: SealedBundle;
  readonly standing: Standing;
  /** Absent: the newest one is, or none ever was. */
  readonly confirmed?: SealedBundle;
}

export type SealedBundle = Pick<Bundle, "epoch" | "generation" | "envelope">;

export type StoredBundles =
  | { readonly kind: "none" }
  | { readonly kind: "stored"; readonly record: BundleRecord }
  | {
      readonly kind: "unreadable";
      readonly message: string;
      /** Kept apart, so that it does not come back as one never seen. Absent: none was, or nobody knows. */
      readonly takenBack?: BundleNumber;
    };

export type BundleNumber = Pick<Bundle, "epoch" | "generation">;

/** When this host was opened, by whom and for how long: newest first. */
export interface Openings {
  read(): Promise<readonly Opening[] | "damaged">;
  /** Calls when they may have changed, until the signal aborts. */
  watch(onChange: () => void, signal: AbortSignal): void;
}

/** Where this host reaches NATS and the controller, as far as that is at addresses of its own. */
export interface ManagementEndpoints {
  here(): readonly Endpoint[];
  /** Called when the addresses behind names have changed. */
  onChange(listener: () => void): void;
}

/** The ways by which the controller reaches us, tried over connections made for that alone. */
export interface Reach {
  /** Whether the connections that the agent works with are open, to both. */
  isLive(): boolean;
  /** With our credentials, to both at once. Ends when the signal aborts, at the latest; never throws. */
  attempt(signal: AbortSignal): Promise<Reached>;
}

/** The kernel's tables of iptables with its address sets, and those of nftables. Takes whole commits, knows nothing of policies. */
export interface Firewall {
  observe(look: Look): Promise<Observed>;
  /**
   * One atomic commit per table, in one family of one variant. That it succeeded is only known after observing again;
   * what was meant for a table that the kernel turns out to lack is left out, and observed so.
   */
  apply(commit: WrittenCommit): Promise<{ readonly kind: "done" } | FailedCall>;
  /** One atomic commit of both families, for `nft -f`. That it succeeded is only known after observing again. */
  applyNft(text: string): Promise<{ readonly kind: "done" } | FailedCall>;
  /** Commands for `ipset restore`, one after the other; those ahead of one that fails have been done. */
  applySets(text: string): Promise<{ readonly kind: "done" } | FailedCall>;
  /** Tries to. The kernel may hold a set for a moment after the last rule that named it; what is left is observed. */
  destroySets(names: readonly string[]): Promise<void>;
}

/** What a reading is for. */
export interface Look {
  /** What the rules are, or are to be, kept in: where that cannot be read the reading fails. */
  readonly enforcement: Enforcement;
  /** Where Docker kept its rules of iptables before this run, in case it has none yet. */
  readonly lastUsed: Variants;
  /** Whether nftables is looked at where the rules are kept in iptables: `ifInstalled` takes it for empty without nft. */
  readonly nft: "no" | "ifInstalled" | "yes";
}

export type WrittenCommit = Pick<PlannedCommit, "family" | "variant" | "text">;

/** Hears of changes of the kernel's rules. Those of address sets nobody tells of. */
export interface RulesWatch {
  /** Why changes are not heard of; undefined: they are, or it was not tried yet. */
  readonly failure: Failure | undefined;
  /** No change by somebody else goes unheard now. */
  readonly isListening: boolean;
  /** Grows with every change that may be somebody else's, and whenever some may have gone unheard. */
  readonly heard: number;
  /** Who made those that came after so many, as far as it is known. */
  commitsAfter(heard: number): readonly ForeignCommit[];
  /** Called whenever `heard` has grown. */
  onChange(listener: () => void): void;
}

/** The kernel's table of live connections. */
export interface Conntrack {
  /** Tells of all of them, in both families; when it failed, of some. */
  list(told: ConnectionListener): Promise<{ readonly kind: "listed" } | FailedCall>;
  /**
   * Sets our bit in connections of the filter, or takes it away; other bits stay. In how many is only known after
   * listing again. `more`: it has changed some, and there may be others.
   */
  mark(filter: ConnectionFilter, isCut: boolean): Promise<MarkedConnections | FailedCall>;
}

export interface MarkedConnections {
  readonly kind: "done" | "more";
}

export interface ConnectionListener {
  add(connection: Connection): void;
  /** A line that says nothing that can be understood. */
  addUnreadable(line: string): void;
}

/** Where the kernel's addresses and routes lead, now. */
export interface Routes {
  read(): Promise<HostRoutes>;
}

export interface FailedCall {
  readonly kind: "failed";
  readonly failure: Failure;
}

export type Observed = Reading | FailedCall;

/** Of iptables, where Docker keeps its rules there, or would. */
export interface IptablesReading extends Omit<ObservedTables, "nft"> {
  readonly kind: "observed";
  /** Of iptables, as used for IPv4. */
  readonly version: string;
  /** As it was read last: not every time, while there is neither a rule of ours nor of Docker's. */
  readonly elsewhere: ObservedFamilies;
  /** What of it could not be read; what could not, and was not needed, is not to be taken for empty. */
  readonly unread: readonly UnreadVariant[];
}

export interface NftReading {
  readonly kind: "observed";
  /** Of nft. */
  readonly version: string;
  readonly nft: NonNullable<ObservedTables["nft"]>;
  /** Families in which Docker's own backend for nftables has its first chain. */
  readonly dockerChains: Readonly<Record<Family, boolean>>;
  /** Rules that tell NFLOG of packets are refused; as far as anybody asked. */
  readonly nflog?: "missing";
}

/** Both families are absent where iptables could not be read and was not needed. */
export interface Reading extends IptablesReading, Pick<ObservedTables, "nft"> {
  readonly nftVersion?: string;
  readonly dockerChains?: NftReading["dockerChains"];
  /** Why what was not needed could not be read. */
  readonly failures: readonly Failure[];
}

/** What can change only together with Docker, or with a container. */
export interface Engine {
  readonly version: string;
  /** As Docker names it; empty for engines that do not say (before 28). */
  readonly firewallBackend: string;
  readonly swarm: boolean;
  /** Of every engine whose processes can be seen; absent: none can, so there may be one for every published port. */
  readonly proxies?: readonly DockerProxy[];
  /**
   * Another one whenever Docker was started anew, though it may never have failed to answer: where systemd holds its socket,
   * whoever asks meanwhile waits. Absent: its process cannot be seen, or not be told from another engine's.
   */
  readonly daemon?: string;
}

/** What Docker and the kernel have at this moment. */
export interface DockerFacts {
  readonly networks: readonly DockerNetwork[];
  /** Networks whose bridge cannot be filtered, by name, and why. They have no `bridge` above. */
  readonly unusable: ReadonlyMap<string, string>;
  /** Running ones. */
  readonly containers: readonly DockerContainer[];
  /** What the others will publish. */
  readonly awaitedPorts: readonly AwaitedPorts[];
  /** Every link of the host. */
  readonly interfaces: readonly string[];
  /** The host's own, but for loopback ones and link-local ones of IPv6. */
  readonly addresses: readonly string[];
  /** Everybody's, docker-proxy's too. */
  readonly listening: readonly ListeningSocket[];
  /** Whether iptables sees what stays on one bridge. */
  readonly bridgeNf: Readonly<Record<Family, boolean>>;
}

export interface Docker {
  view(): Promise<({ readonly kind: "view" } & DockerFacts) | FailedCall>;
  engine(): Promise<{ readonly kind: "engine"; readonly engine: Engine } | FailedCall>;
  /** Called when networks or containers may have changed, and after every reconnect. Says nothing about what. */
  onChange(listener: () => void): void;
}

/** What rules tell of the packets that they match. Nothing is heard while nobody listens. */
export interface FlowLog {
  /** Why nobody could listen, as far as it can be told without trying; undefined: nothing is in the way. */
  obstacle(): Promise<Failure | undefined>;
  /** Resolves when the signal has aborted, or with why it cannot be heard. */
  listen(listener: FlowListener, signal: AbortSignal): Promise<Failure | undefined>;
}

export interface FlowListener {
  /** What happens from here on is heard. Again after a break, in which nothing was. */
  hearing(): void;
  packets(packets: readonly LoggedPacket[]): void;
}

/**
 * Tells of flows until the deadline, and of what was on its way then; nothing more once it is cancelled. Returns why
 * nothing can be heard, if so.
 */
export type WatchFlows = (
  filter: LogFilter,
  tell: TellFlows,
  signals: { readonly cancelled: AbortSignal; readonly deadline: AbortSignal },
) => Promise<Failure | undefined>;

/** Says what sealed bytes would do here, or why that cannot be told. */
export type PreviewBundle = (
  asked: { readonly envelope: Uint8Array; readonly announceable: boolean },
  signal: AbortSignal,
) => Promise<PreviewReport | FailedCall | undefined>;

/** Keeps a preview on disk that it answered, or says why it cannot. @param before digest of what it was compared with */
export type AnnounceBundle = (preview: string, before: string) => Promise<FailedCall | undefined>;

/** Resolves once the report is on its way: the next one waits, and what happens meanwhile is added up. */
export type TellFlows = (report: FlowReport) => Promise<void>;

/** Takes the newest status; an older one not yet sent may be dropped. Never blocks and never throws. */
export interface Reporter {
  report(status: Status): void;
}

/** As pino's. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Clock {
  /** Wall clock in milliseconds, for people. */
  now(): number;
  /** Resolves after this long, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Now, by a clock that nobody can set. */
  moment(): Moment;
  /** In [0, 1). */
  random(): number;
}
