import type { ResourceTree } from "./core/change-set.ts";
import type { FleetDirectory } from "./core/fleet-directory.ts";
import type { HostKnowledge } from "./core/host-status.ts";
import type { RolloutSituation } from "./core/plan-rollout.ts";
import type { RolloutRecord } from "./core/rollout-record.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";

/** A revision as people see it. */
export interface RevisionRecord {
  readonly number: number;
  readonly parent: number;
  readonly author: string;
  readonly message: string;
  /** RFC 3339. */
  readonly time: string;
  /** `Kind/name` to sha256 of the document. */
  readonly tree: Readonly<Record<string, string>>;
}

/** A revision that is stored, and whose record is not to be believed. */
export interface UnbelievedRevision {
  readonly number: number;
  /** Why. */
  readonly unbelieved: string;
}

/** A revision that is swept away, or was never made. */
export class RevisionNotKept extends Error {
  override name = "RevisionNotKept";

  constructor(revision: number) {
    super(`revision ${String(revision)} is not kept, or was never made`);
  }
}

/** A host that is deleted, and refused by the controller; NATS may let it in for as long as this lasts. */
export class RevocationPending extends Error {
  override name = "RevocationPending";

  constructor(host: string) {
    super(
      `host ${host} is deleted, and refused at its next call, but nats-server has not taken its revocation yet; ` +
        `the controller goes on trying. To know: seawall delete host ${host}`,
    );
  }
}

/** What a commit says besides the tree. */
export interface CommitWords {
  readonly author: string;
  readonly message: string;
  readonly confirmWithinMs?: number | undefined;
}

export type CommitOutcome =
  | { readonly kind: "committed"; readonly revision: number }
  /** Somebody else committed first. */
  | { readonly kind: "conflict"; readonly newest: number }
  /** Over a limit of the store; nothing was written. */
  | { readonly kind: "refused"; readonly message: string };

export interface KnownHost {
  readonly host: EnrolledHost;
  readonly known: HostKnowledge;
}

/** A host whose record in the store is not believed, so that nothing is known of it. */
export interface UnbelievedHost {
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

export interface FleetRollouts {
  /** Which host is on which revision, and how the newest rollout stands; undefined when what says so is not believed. */
  record(): RolloutRecord | undefined;
  /** What its next step depends on; undefined while it cannot be told what a revision makes of hosts. */
  situation(record: RolloutRecord): Promise<RolloutSituation | undefined>;
  /**
   * Replaces the record by what `change` makes of it, read anew as often as somebody else is faster. Undefined leaves
   * it. What record() says afterwards is not older.
   * @param by `user/NAME`
   */
  change(change: (record: RolloutRecord) => RolloutRecord | undefined, by: string): Promise<void>;
}

/**
 * What the controller knows of its fleet, from its caches, and the writes that
 * people may ask for. Revision 0 is the empty fleet before the first write.
 */
export interface Fleet {
  /** The newest revision, read from the store itself. */
  newestRevision(): Promise<number>;
  /** The revision of every host that no rollout has moved: the last one that was completed. */
  currentRevision(): number;
  readonly rollouts: FleetRollouts;
  /** Newest first. */
  revisions(): Promise<readonly (RevisionRecord | UnbelievedRevision)[]>;
  /** @throws RevisionNotKept, TamperedError */
  tree(revision: number): Promise<ResourceTree>;
  commit(parent: number, next: ResourceTree, words: CommitWords): Promise<CommitOutcome>;
  hosts(): readonly EnrolledHost[];
  host(name: string): EnrolledHost | undefined;
  /** Not among hosts. */
  unbelievedHosts(): readonly UnbelievedHost[];
  /** Which hosts rules can name; undefined when it is not known. */
  directory(): FleetDirectory | undefined;
  /** All hosts and what is known of each, measured against the revision that it is on, or will be at once. */
  knownHosts(): Promise<readonly KnownHost[]>;
  /**
   * Writes what the operator `by` may set: mode, labels and addresses.
   * False when somebody else has changed the host since it was read. Either way the
   * others here tell of the newest record when it resolves.
   */
  replaceHost(before: EnrolledHost, after: EnrolledHost, by: string): Promise<boolean>;
  /** Cuts it off and revokes its credentials; resolves when both are in force and it is not among hosts. @throws RevocationPending */
  deleteHost(host: EnrolledHost, by: string): Promise<void>;
  /** Resolves when both are in force for a host that is deleted already; false: there is none. @throws RevocationPending */
  finishDeletion(name: string): Promise<boolean>;
  /** Called after every change of what the above return. */
  onChange(listener: () => void): () => void;
}
