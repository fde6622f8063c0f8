import type { Family, HostView, Limit } from "@seawall/policy";
import type { AppliedCuts } from "./applied-cuts.ts";
import type { RuleCount } from "./counters.ts";
import type { Entry } from "./entries.ts";
import type { ForeignCommit } from "./foreign-commit.ts";
import type { NotJudged } from "./plan-marks.ts";

/** What an agent can say about itself; the controller alone knows Stale. */
export type AgentState =
  | "Pending"
  | "InSync"
  | "Applying"
  | "Drifted"
  | "Failed"
  | "Reverted"
  | "Unsupported";

/** The type of the condition that says why nobody can be told of denied packets. */
export const flowsNotTold = "FlowsNotTold";

/** Something that is not as it should be. It exists only while it is so. */
export interface Condition {
  /** PascalCase: what. */
  readonly type: string;
  /** PascalCase and stable, for machines: why. */
  readonly reason: string;
  /** For people: why, and what to do. */
  readonly message: string;
  readonly sinceMs: number;
}

/** A change of our rules that this agent did not make. */
export interface DriftRecord {
  readonly detectedMs: number;
  /** Absent until the kernel was read back as it should be. */
  readonly repairedMs?: number;
  /** `inet`: both, in our table of nftables. */
  readonly family: Family | "inet";
  readonly what: string;
  /** How often it was found, each time within a minute of the one before. */
  readonly times: number;
  /** Who else changed rules since ours were last read as they should be; newest last. Empty: nobody was heard. */
  readonly suspects: readonly ForeignCommit[];
}

/** What became of live connections when they were judged again. */
export interface ConnectionsStatus {
  /** How many were cut when some were last; 0: none since the agent began. */
  readonly cut: number;
  /** When; 0: never. */
  readonly cutAtMs: number;
  readonly notJudged: NotJudged;
}

export interface PolicyStatus {
  readonly policy: string;
  readonly networks: readonly string[];
  /** Absent without a containerSelector. */
  readonly containers?: readonly string[];
  readonly reason: "Enforced" | "Audited" | "PartiallyEnforced" | "SelectsNothing";
  /** What of it has no effect here, for people; empty: nothing. */
  readonly message: string;
}

/** Which bundle; zeros where there is none. */
export interface BundleId {
  readonly epoch: number;
  readonly generation: number;
  readonly revision: number;
  /** Hex sha256 of its sealed bytes; absent where there is none. */
  readonly digest?: string;
}

export const noBundle: BundleId = { epoch: 0, generation: 0, revision: 0 };

export interface Versions {
  readonly agent: string;
  readonly docker: string;
  /** Of the program that the rules are kept by; empty where it is the other one, or unknown. */
  readonly iptables: string;
  readonly nft: string;
  /** `iptables-nft`, `iptables-legacy`, both by family where they differ, or `nftables`; empty when unknown. */
  readonly backend: string;
  readonly kernel: string;
}

/** What the agent knows after reading the kernel. Never a wish. */
export interface Status {
  readonly state: AgentState;
  /** Worst first: the first one says why the state is not InSync. InSync can have some too. */
  readonly conditions: readonly Condition[];
  /** The bundle whose rules were read back from the kernel; zeros = none yet. */
  readonly observed: BundleId;
  /** The newest bundle that was accepted: none that is older ever will be. It is not in force where it was reverted. */
  readonly accepted: BundleId;
  /** What policies were resolved by; empty until Docker has answered once. */
  readonly view: HostView;
  /** What no policy can govern here. */
  readonly limits: readonly Limit[];
  readonly counters: readonly RuleCount[];
  readonly versions: Versions;
  /** sha256 over the rules read back, both families; empty = not read. */
  readonly rulesetDigest: string;
  /** By which packets come to the rules read back; none where they were not read. */
  readonly entries: readonly Entry[];
  /** Newest first. */
  readonly drifts: readonly DriftRecord[];
  readonly connections: ConnectionsStatus;
  /** Of the revision in force; absent: not known, or it is not all in force yet. */
  readonly appliedCuts?: AppliedCuts | undefined;
  readonly policies: readonly PolicyStatus[];
  /** When the kernel was read, by this host's clock; 0 = not read. */
  readonly observedAtMs: number;
}
