import type { TrustedKeys } from "@seawall/proto";
import type { Logger } from "pino";
import type { AgentSessions } from "./api/agent-sessions.ts";
import type { CompiledHosts } from "./compiled-hosts.ts";
import type { ControllerClock } from "./controller-clock.ts";
import { changesBetween, type ResourceTree } from "./core/change-set.ts";
import { confirmWithin } from "./core/confirm-within.ts";
import {
  type DuplicateIdentity,
  duplicateInWords,
  quarantineRefusal,
} from "./core/duplicate-identity.ts";
import { type FleetDirectory, fleetDirectory } from "./core/fleet-directory.ts";
import {
  type FleetEvent,
  hostChanged,
  hostQuarantined,
  revisionCommitted,
} from "./core/fleet-event.ts";
import type { HostKnowledge } from "./core/host-status.ts";
import { type BundleContext, nextBundle, type StoredContent } from "./core/next-bundle.ts";
import type {
  CommitOutcome,
  CommitWords,
  Fleet,
  KnownHost,
  RevisionRecord,
  UnbelievedHost,
  UnbelievedRevision,
} from "./fleet.ts";
import { HostDeletion } from "./host-deletion.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";
import type { LastStatuses } from "./last-statuses.ts";
import type { Revocation } from "./nats/operator.ts";
import type { HostLookup } from "./reconcilers/host-reconciler.ts";
import { objectsOf, type ResourceTrees } from "./resource-trees.ts";
import type { StoredBundle } from "./store/desired.ts";
import { type HostSpec, revocationsOf } from "./store/hosts.ts";
import { Informer } from "./store/informer.ts";
import { type CachedRecord, desiredSource, sealedSource } from "./store/informer-sources.ts";
import type { Store } from "./store/open-store.ts";
import { KEPT_REVISIONS } from "./store/revisions.ts";
import { TamperedError } from "./store/sealed-bucket.ts";
import { StoreRollouts } from "./store-rollouts.ts";
import { VerifiedBundles } from "./verified-bundles.ts";

export interface StoreFleetOptions {
  readonly stores: Store;
  readonly sessions: AgentSessions;
  readonly statuses: LastStatuses;
  readonly trees: ResourceTrees;
  readonly compiled: CompiledHosts;
  readonly trusted: TrustedKeys;
  /** Puts these in force on the bus, with all before. Where it fails it goes on by itself. */
  readonly revoke: (more: readonly Revocation[]) => Promise<void>;
  /** Never throws: what it tells of is done. */
  readonly record: (event: FleetEvent) => Promise<void>;
  /** There is a newer revision, or somebody has changed the rollout. */
  readonly onCommit: () => void;
  readonly clock: ControllerClock;
  readonly log: Logger;
}

/** The store has acknowledged the write; more than a moment means that something is broken. */
const SEEN_WITHIN_MS = 5_000;

/** The fleet, from informers over the store and the sessions of the agents. */
export class StoreFleet implements Fleet {
  readonly #options: StoreFleetOptions;
  readonly #hosts: Informer<CachedRecord<HostSpec>>;
  readonly #desired: Informer<StoredBundle>;
  readonly rollouts: StoreRollouts;
  readonly #listeners = new Set<() => void>();
  readonly #bundles: VerifiedBundles;
  readonly #deletion: HostDeletion;
  #directory: FleetDirectory | undefined;
  /** The informer's count of changes that it was made at. */
  #directoryAt: number | undefined;

  constructor(options: StoreFleetOptions) {
    this.#options = options;
    const { stores, clock, log } = options;
    this.#bundles = new VerifiedBundles(options.trusted);
    this.#deletion = new HostDeletion({
      ...options,
      forget: (host) => {
        this.#forget(host);
      },
    });
    const onError = (error: unknown) => {
      log.warn({ err: error }, "reading the store failed; trying again");
    };
    this.#hosts = new Informer({ source: sealedSource(stores.hosts.specs), onError });
    this.#desired = new Informer({ source: desiredSource(stores.desired), onError });
    this.rollouts = new StoreRollouts({
      rollouts: stores.rollouts,
      revisions: stores.revisions,
      trees: options.trees,
      compiled: options.compiled,
      hosts: () => this.hosts(),
      knowledge: (host, revision) => this.#knowledge(host, revision),
      onWrite: options.onCommit,
      clock,
      onError,
    });
  }

  /**
   * @param onHosts told which hosts' records or bundles changed, and of undefined for "all may have"
   * @param onDirectory told when the directory is another one
   */
  start(onHosts: (names: ReadonlySet<string> | undefined) => void, onDirectory: () => void): void {
    let told = this.directory();
    this.#hosts.onChange((names) => {
      this.#reportTampered(names);
      this.#keepOut(names);
      onHosts(names);
      const directory = this.directory();
      if (directory !== told) onDirectory();
      told = directory;
      this.changed();
    });
    this.#desired.onChange((names) => {
      onHosts(names);
      this.changed();
    });
    this.#hosts.start();
    this.#desired.start();
    this.rollouts.start((names) => {
      onHosts(names);
      this.changed();
    });
  }

  stop(): void {
    this.#hosts.stop();
    this.#desired.stop();
    this.rollouts.stop();
  }

  get hasSynced(): boolean {
    return this.#hosts.hasSynced && this.#desired.hasSynced && this.rollouts.hasSynced;
  }

  /** Something that documents show is different now. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async newestRevision(): Promise<number> {
    return (await this.#options.stores.revisions.newest())?.number ?? 0;
  }

  currentRevision(): number {
    return this.rollouts.record()?.stable ?? 0;
  }

  async revisions(): Promise<readonly (RevisionRecord | UnbelievedRevision)[]> {
    const listed = await this.#options.stores.revisions.list(KEPT_REVISIONS);
    return listed.map(({ number, read }) => {
      if (read.kind === "found") return read.revision;
      this.#options.log.error({ place: read.place, reason: read.reason }, read.message);
      return { number, unbelieved: read.message };
    });
  }

  tree(revision: number): Promise<ResourceTree> {
    return this.#options.trees.tree(revision);
  }

  async commit(
    parent: number,
    next: ResourceTree,
    { author, message, confirmWithinMs }: CommitWords,
  ): Promise<CommitOutcome> {
    const { stores, onCommit, record } = this.#options;
    const set = changesBetween(await this.tree(parent), next);
    const newest = await stores.revisions.newest();
    const before = newest?.number === parent ? newest : undefined;
    const time = new Date().toISOString();
    const commit = await stores.revisions.commit({
      parent,
      author,
      message,
      time,
      objects: objectsOf(next),
      confirmWithinMs: confirmWithin(confirmWithinMs, before, this.rollouts.record()),
    });
    switch (commit.kind) {
      case "committed":
        onCommit();
        this.changed();
        await record(revisionCommitted(commit.revision, set));
        return { kind: "committed", revision: commit.revision.number };
      case "unchanged":
        return { kind: "committed", revision: commit.revision?.number ?? 0 };
      case "conflict":
      case "refused":
        return commit;
    }
  }

  hosts(): readonly EnrolledHost[] {
    return [...this.#hosts.entries().values()].flatMap((read) =>
      read.kind === "found" ? [read.record.body] : [],
    );
  }

  host(name: string): EnrolledHost | undefined {
    const read = this.#hosts.get(name);
    return read?.kind === "found" ? read.record.body : undefined;
  }

  unbelievedHosts(): readonly UnbelievedHost[] {
    return [...this.#hosts.entries()].flatMap(([name, read]) =>
      read.kind === "tampered" ? [{ name, reason: read.reason, message: read.message }] : [],
    );
  }

  directory(): FleetDirectory | undefined {
    // Before everything was read, what is not there means nothing.
    if (!this.#hosts.hasSynced) return undefined;
    const { changes } = this.#hosts;
    if (this.#directoryAt !== changes) {
      this.#directory = fleetDirectory(this.hosts(), this.unbelievedHosts(), this.#directory);
      this.#directoryAt = changes;
    }
    return this.#directory;
  }

  lookUp(name: string): HostLookup {
    const read = this.#hosts.get(name);
    if (read?.kind === "found") return { kind: "enrolled", host: read.record.body };
    return { kind: read?.kind === "deleted" ? "deleted" : "unknown" };
  }

  bundle(host: string): StoredContent | undefined {
    const stored = this.#desired.get(host);
    return stored === undefined ? undefined : this.bundleOf(stored);
  }

  bundleOf(stored: StoredBundle): StoredContent | undefined {
    return this.#bundles.contentOf(stored);
  }

  async knownHosts(): Promise<readonly KnownHost[]> {
    // Before the caches are read: what they say later can only be newer.
    const newest = await this.newestRevision();
    const hasBegun = (this.rollouts.record()?.latest?.target ?? 0) >= newest;
    return await Promise.all(
      this.hosts().map(async (host) => {
        const revision = (hasBegun ? this.rollouts.assigned(host.name) : undefined) ?? newest;
        const known = await this.#knowledge(host, revision);
        const isBehind = revision !== newest && (await this.#differ(host, revision, newest));
        return { host, known: { ...known, newerRevision: isBehind ? newest : 0 } };
      }),
    );
  }

  /** Also where it cannot be told. */
  async #differ(host: EnrolledHost, one: number, other: number): Promise<boolean> {
    const { compiled } = this.#options;
    const has = await compiled.compiled(host, one);
    return has === undefined || has.content !== (await compiled.compiled(host, other))?.content;
  }

  async #knowledge(host: EnrolledHost, revision: number): Promise<HostKnowledge> {
    const { sessions, stores, statuses, compiled, clock } = this.#options;
    const wanted = await compiled.compiled(host, revision);
    const stored = this.bundle(host.name);
    const received = sessions.report(host.name);
    const about = { revision, host: host.name, epoch: stores.epoch, stored, accepted: undefined };
    return {
      epoch: stored?.epoch ?? stores.epoch,
      generation: stored?.generation ?? 0,
      bundleDigest: stored?.digest ?? "",
      bundle: wanted === undefined ? "held" : bundleIn({ ...about, ...wanted }),
      report: received?.report,
      reportAgeMs: received === undefined ? undefined : clock.monotonicNow() - received.receivedAt,
      everReported: received !== undefined || (await statuses.hasEverReported(host.name)),
      quarantine: host.quarantine,
    };
  }

  async replaceHost(before: EnrolledHost, after: EnrolledHost, by: string): Promise<boolean> {
    const { hosts } = this.#options.stores;
    const read = await hosts.read(before.name);
    if (read.kind === "tampered") throw new TamperedError(read);
    // The informer's copy is what the caller decided on; anything newer is a conflict.
    if (read.kind !== "found" || JSON.stringify(read.record.body) !== JSON.stringify(before)) {
      await this.untilSeen(before.name, read.kind === "absent" ? 0 : read.record.sequence);
      return false;
    }
    const { mode, options, labels, addresses, quarantine } = after;
    const spec = { ...read.record.body, mode, options, labels, addresses, quarantine };
    const written = await hosts.update(read.record, spec);
    if (written.kind === "conflict") return false;
    try {
      await this.untilSeen(before.name, written.record.sequence);
    } finally {
      await this.#options.record(hostChanged(by, before, after));
    }
    return true;
  }

  isQuarantined(name: string): boolean {
    return this.host(name)?.quarantine !== undefined;
  }

  /** From here on its agents are given nothing, on whichever controller, until somebody ends it. */
  async quarantine(name: string, duplicate: DuplicateIdentity): Promise<void> {
    const { stores, record, log } = this.#options;
    const before = await stores.hosts.find(name);
    if (before === undefined || before.body.quarantine !== undefined) return;
    const written = await stores.hosts.update(before, { ...before.body, quarantine: duplicate });
    if (written.kind === "conflict") {
      await this.quarantine(name, duplicate);
      return;
    }
    const message = duplicateInWords(duplicate);
    log.error({ host: name, ...duplicate }, `host quarantined: ${message}`);
    try {
      await this.untilSeen(name, written.record.sequence);
    } finally {
      await record(hostQuarantined(name, duplicate));
    }
  }

  async deleteHost({ name }: EnrolledHost, by: string): Promise<void> {
    const sequence = await this.#deletion.delete(name, by);
    if (sequence !== undefined) await this.untilSeen(name, sequence);
  }

  finishDeletion(name: string): Promise<boolean> {
    return this.#deletion.finish(name);
  }

  /**
   * Resolves when the fleet tells of this record of the host, or of a newer one: who
   * has just written does not read anything older.
   */
  async untilSeen(name: string, sequence: number): Promise<void> {
    await this.#hosts.until(
      name,
      (read) =>
        read?.kind === "tampered" ||
        (read === undefined ? sequence === 0 : read.record.sequence >= sequence),
      SEEN_WITHIN_MS,
    );
  }

  /** Whichever controller deleted or quarantined them, their streams here end, and what each knows is in force. */
  #keepOut(names: ReadonlySet<string>): void {
    const { sessions, revoke, log } = this.#options;
    const revocations: Revocation[] = [];
    for (const name of names) {
      const read = this.#hosts.get(name);
      if (read !== undefined) revocations.push(...revocationsOf(read));
      if (read?.kind === "deleted") this.#forget(name);
      else if (this.isQuarantined(name)) sessions.drop(name, quarantineRefusal(name));
    }
    if (revocations.length === 0) return;
    revoke(revocations).catch((error: unknown) => {
      log.error({ err: error }, "deleted hosts are not cut off from NATS yet; trying again");
    });
  }

  #forget(name: string): void {
    this.#options.sessions.drop(name, `host ${name} was deleted`);
    this.#options.statuses.forget(name);
  }

  #reportTampered(names: ReadonlySet<string>): void {
    for (const name of names) {
      const read = this.#hosts.get(name);
      if (read?.kind === "tampered")
        this.#options.log.error({ host: name, reason: read.reason }, read.message);
    }
  }
}

function bundleIn(context: BundleContext): HostKnowledge["bundle"] {
  return nextBundle(context) === undefined ? "current" : "pending";
}
