import type { ResourceTree } from "./core/change-set.ts";
import type { FleetDirectory } from "./core/fleet-directory.ts";
import type { HostKnowledge } from "./core/host-status.ts";
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

/**
 * What the controller knows of its fleet, from its caches, and the writes that
 * people may ask for. Revision 0 is the empty fleet before the first write.
 */
export interface Fleet {
  /** The newest revision, read from the store itself. */
  newestRevision(): Promise<number>;
  /** The revision that is rolled out. */
  currentRevision(): number;
  /** Newest first. */
  revisions(): Promise<readonly (RevisionRecord | UnbelievedRevision)[]>;
  /** @throws RevisionNotKept, TamperedError */
  tree(revision: number): Promise<ResourceTree>;
  commit(
    parent: number,
    next: ResourceTree,
    author: string,
    message: string,
  ): Promise<CommitOutcome>;
  hosts(): readonly EnrolledHost[];
  host(name: string): EnrolledHost | undefined;
  /** Not among hosts. */
  unbelievedHosts(): readonly UnbelievedHost[];
  /** Which hosts rules can name; undefined when it is not known. */
  directory(): FleetDirectory | undefined;
  /** All hosts and what is known of each, measured against the newest revision. */
  knownHosts(): Promise<readonly KnownHost[]>;
  /**
   * Writes what the operator `by` may set: mode, labels and addresses.
   * False when somebody else has changed the host since it was read. Either way the
   * others here tell of the newest record when it resolves.
   */
  replaceHost(before: EnrolledHost, after: EnrolledHost, by: string): Promise<boolean>;
  /** Revokes its credentials and cuts it off; resolves when both are in force and it is not among hosts. */
  deleteHost(host: EnrolledHost, by: string): Promise<void>;
  /** Called after every change of what the above return. */
  onChange(listener: () => void): () => void;
}
