import type { ResourceTree } from "../core/change-set.ts";
import { type FleetDirectory, fleetDirectory } from "../core/fleet-directory.ts";
import type { HostKnowledge } from "../core/host-status.ts";
import type { RolloutSituation } from "../core/plan-rollout.ts";
import { noRollouts, type RolloutRecord } from "../core/rollout-record.ts";
import {
  type CommitOutcome,
  type CommitWords,
  type Fleet,
  type FleetRollouts,
  type KnownHost,
  RevisionNotKept,
  type RevisionRecord,
  RevocationPending,
  type UnbelievedHost,
  type UnbelievedRevision,
} from "../fleet.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";

export function enrolledHost(name: string, labels: Record<string, string> = {}): EnrolledHost {
  return {
    name,
    keyFingerprint: `key of ${name}`,
    natsPublicKey: `user of ${name}`,
    tokenId: "0123456789abcdef",
    mode: "Enforce",
    options: {},
    labels,
    addresses: [],
    enrolledAt: "2026-01-02T03:04:05.000Z",
  };
}

const unknown: HostKnowledge = {
  epoch: 1,
  generation: 0,
  bundleDigest: "",
  bundle: "pending",
  report: undefined,
  reportAgeMs: undefined,
  everReported: false,
};

/** Rollouts in memory; what hosts and the plan say is told to it. */
class MemoryRollouts implements FleetRollouts {
  current: RolloutRecord | undefined = noRollouts;
  now: RolloutSituation | undefined;

  record(): RolloutRecord | undefined {
    return this.current;
  }

  situation(): Promise<RolloutSituation | undefined> {
    return Promise.resolve(this.now);
  }

  change(change: (record: RolloutRecord) => RolloutRecord | undefined): Promise<void> {
    this.current = change(this.current ?? noRollouts) ?? this.current;
    return Promise.resolve();
  }
}

/** A fleet in memory, with a store's compare-and-set. */
export class MemoryFleet implements Fleet {
  readonly trees: ResourceTree[] = [new Map()];
  readonly records: (RevisionRecord | UnbelievedRevision)[] = [];
  readonly rollouts = new MemoryRollouts();
  readonly enrolled = new Map<string, EnrolledHost>();
  readonly known = new Map<string, Partial<HostKnowledge>>();
  unbelieved: readonly UnbelievedHost[] = [];
  /** Called at the start of each commit: what somebody else does in between. */
  beforeCommit: () => void = () => undefined;

  constructor(hosts: readonly EnrolledHost[] = []) {
    for (const host of hosts) this.enrolled.set(host.name, host);
  }

  /** A revision of somebody else. */
  push(tree: ResourceTree, author = "other", message = ""): number {
    const number = this.trees.push(tree) - 1;
    const time = new Date(number * 1_000).toISOString();
    const digests = Object.fromEntries([...tree.keys()].map((key) => [key, "0".repeat(64)]));
    this.records.push({ number, parent: number - 1, author, message, time, tree: digests });
    return number;
  }

  newestRevision(): Promise<number> {
    return Promise.resolve(this.trees.length - 1);
  }

  currentRevision(): number {
    return this.trees.length - 1;
  }

  revisions(): Promise<readonly (RevisionRecord | UnbelievedRevision)[]> {
    return Promise.resolve(this.records.toReversed());
  }

  tree(revision: number): Promise<ResourceTree> {
    const tree = this.trees[revision];
    return tree === undefined
      ? Promise.reject(new RevisionNotKept(revision))
      : Promise.resolve(tree);
  }

  commit(
    parent: number,
    next: ResourceTree,
    { author, message }: CommitWords,
  ): Promise<CommitOutcome> {
    this.beforeCommit();
    const newest = this.trees.length - 1;
    return Promise.resolve(
      parent === newest
        ? { kind: "committed", revision: this.push(next, author, message) }
        : { kind: "conflict", newest },
    );
  }

  hosts(): readonly EnrolledHost[] {
    return [...this.enrolled.values()];
  }

  host(name: string): EnrolledHost | undefined {
    return this.enrolled.get(name);
  }

  unbelievedHosts(): readonly UnbelievedHost[] {
    return this.unbelieved;
  }

  directory(): FleetDirectory | undefined {
    return fleetDirectory(this.hosts(), this.unbelieved, undefined);
  }

  knownHosts(): Promise<readonly KnownHost[]> {
    return Promise.resolve(
      this.hosts().map((host) => ({ host, known: { ...unknown, ...this.known.get(host.name) } })),
    );
  }

  replaceHost(before: EnrolledHost, after: EnrolledHost): Promise<boolean> {
    const isSame = this.enrolled.get(before.name) === before;
    if (isSame) this.enrolled.set(after.name, after);
    return Promise.resolve(isSame);
  }

  deleteHost({ name }: EnrolledHost): Promise<void> {
    this.enrolled.delete(name);
    return Promise.resolve();
  }

  /** Names of hosts that are deleted, and that the bus lets in yet. */
  readonly pending = new Set<string>();

  finishDeletion(name: string): Promise<boolean> {
    if (this.pending.has(name)) return Promise.reject(new RevocationPending(name));
    return Promise.resolve(false);
  }

  onChange(): () => void {
    return () => undefined;
  }
}
