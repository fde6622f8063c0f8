import type { CompiledHosts } from "./compiled-hosts.ts";
import type { ControllerClock } from "./controller-clock.ts";
import type { HostKnowledge } from "./core/host-status.ts";
import { withNewDrops } from "./core/new-drops.ts";
import type { RolloutSituation } from "./core/plan-rollout.ts";
import { rolloutHealth } from "./core/rollout-health.ts";
import type { RolloutHost } from "./core/rollout-host.ts";
import { untoldNews, withNews } from "./core/rollout-news.ts";
import {
  movedHosts,
  noRollouts,
  type RolloutRecord,
  revisionsInUse,
} from "./core/rollout-record.ts";
import { strategyOf } from "./core/rollout-strategy.ts";
import type { FleetRollouts } from "./fleet.ts";
import type { EnrolledHost } from "./identity/enrolled-host.ts";
import type { StoredRollouts } from "./reconcilers/rollout-reconciler.ts";
import type { ResourceTrees } from "./resource-trees.ts";
import { Informer } from "./store/informer.ts";
import { type CachedRecord, sealedSource } from "./store/informer-sources.ts";
import type { RevisionStore } from "./store/revisions.ts";
import { CURRENT_ROLLOUT, type RolloutStore } from "./store/rollouts.ts";

export interface StoreRolloutsOptions {
  readonly rollouts: RolloutStore;
  readonly revisions: RevisionStore;
  readonly trees: ResourceTrees;
  readonly compiled: CompiledHosts;
  readonly hosts: () => readonly EnrolledHost[];
  /** What is known of a host, measured against a revision. */
  readonly knowledge: (host: EnrolledHost, revision: number) => Promise<HostKnowledge>;
  /** Somebody has changed the record here: there may be a step to take. */
  readonly onWrite: () => void;
  readonly clock: ControllerClock;
  readonly onError: (error: unknown) => void;
}

/** The store has acknowledged the write; more than a moment means that something is broken. */
const SEEN_WITHIN_MS = 5_000;
const CAS_ATTEMPTS = 20;

/** The rollouts, from an informer over their record, and all that their next step depends on. */
export class StoreRollouts implements FleetRollouts {
  readonly #options: StoreRolloutsOptions;
  readonly #informer: Informer<CachedRecord<RolloutRecord>>;
  /** Monotonic: it says how long somebody has listened, which no clock that is set may. */
  readonly #heardSinceMs: number;
  #moved = { record: noRollouts, hosts: movedHosts(noRollouts) };

  constructor(options: StoreRolloutsOptions) {
    this.#options = options;
    this.#heardSinceMs = options.clock.monotonicNow();
    const { rollouts, onError } = options;
    this.#informer = new Informer({ source: sealedSource(rollouts.rollouts), onError });
  }

  /** @param onMoved told which hosts are on another revision, and of undefined for "all may be" */
  start(onMoved: (names: ReadonlySet<string> | undefined) => void): void {
    let told: RolloutRecord | undefined;
    this.#informer.onChange(() => {
      const record = this.record();
      onMoved(told === undefined || record === undefined ? undefined : movedBetween(told, record));
      told = record;
    });
    this.#informer.start();
  }

  stop(): void {
    this.#informer.stop();
  }

  get hasSynced(): boolean {
    return this.#informer.hasSynced;
  }

  record(): RolloutRecord | undefined {
    const current = this.#informer.get(CURRENT_ROLLOUT);
    if (current === undefined) return noRollouts;
    return current.kind === "found" ? current.record.body : undefined;
  }

  /** The revision that the host is on; undefined when what says so is not believed: it must not pass for the empty fleet. */
  assigned(host: string): number | undefined {
    const record = this.record();
    if (record === undefined) return undefined;
    if (this.#moved.record !== record) this.#moved = { record, hosts: movedHosts(record) };
    return this.#moved.hosts.get(host) ?? record.stable;
  }

  assignedRevisions(): ReadonlySet<number> | undefined {
    const record = this.record();
    return record === undefined ? undefined : revisionsInUse(record);
  }

  /** From the store itself. @throws TamperedError */
  async read(): Promise<StoredRollouts> {
    const { rollouts, clock } = this.#options;
    const before = await rollouts.find();
    const record = before?.body ?? noRollouts;
    return {
      record,
      untold: untoldNews(record),
      write: async (next, told) => {
        const news = { by: "controller", nowMs: clock.now(), told };
        return (await rollouts.write(withNews(record, next, news), before)).kind === "written";
      },
    };
  }

  /** Undefined while it cannot be told what a revision makes of hosts. */
  async situation(record: RolloutRecord): Promise<RolloutSituation | undefined> {
    const { revisions, trees, clock } = this.#options;
    const newest = await revisions.newest();
    const { number, confirmWithinMs } = newest ?? { number: 0 };
    const strategy = strategyOf(await trees.tree(number));
    const isOver = record.latest?.target === number && record.latest.end !== undefined;
    // Where all hosts get it at once, and where it is over, nothing depends on them.
    const hosts = strategy === undefined || isOver ? [] : await this.#hosts(record, number);
    if (hosts === undefined) return undefined;
    return {
      ...{ record, newest: { number, confirmWithinMs }, strategy, hosts },
      ...{ nowMs: clock.now(), heardForMs: this.#heardForMs },
    };
  }

  async change(
    change: (record: RolloutRecord) => RolloutRecord | undefined,
    by: string,
  ): Promise<void> {
    const { rollouts, clock, onWrite } = this.#options;
    for (let attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
      const before = await rollouts.find();
      const record = before?.body ?? noRollouts;
      const next = change(record);
      if (next === undefined) return;
      const news = { by, nowMs: clock.now(), told: 0 };
      const written = await rollouts.write(withNews(record, next, news), before);
      if (written.kind === "conflict") continue;
      const { sequence } = written.record;
      await this.#informer.until(
        CURRENT_ROLLOUT,
        (read) => read?.kind === "tampered" || (read?.record.sequence ?? 0) >= sequence,
        SEEN_WITHIN_MS,
      );
      onWrite();
      return;
    }
    throw new Error("others kept changing the rollout at the same time; try again");
  }

  get #heardForMs(): number {
    return this.#options.clock.monotonicNow() - this.#heardSinceMs;
  }

  async #hosts(record: RolloutRecord, target: number): Promise<readonly RolloutHost[] | undefined> {
    const { hosts, compiled, knowledge } = this.#options;
    const moved = movedHosts(record);
    const gated = await this.#gated(hosts().flatMap(({ name }) => moved.get(name) ?? []));
    const heardForMs = this.#heardForMs;
    const seen: RolloutHost[] = [];
    for (const host of hosts()) {
      const revision = moved.get(host.name) ?? record.stable;
      const has = await compiled.compiled(host, revision);
      const next = await compiled.compiled(host, target);
      if (has === undefined || next === undefined) return undefined;
      const known = await knowledge(host, revision);
      const health = rolloutHealth(known, heardForMs);
      // Who went back to something is never asked what that has cut.
      const isGated = moved.has(host.name) && gated.has(revision);
      seen.push({
        name: host.name,
        labels: host.labels,
        differs: has.content !== next.content,
        health: isGated ? withNewDrops(health, known.report) : health,
      });
    }
    return seen;
  }

  /** Those of which hosts are asked what they have cut: each says so itself, also once a newer one has taken its place. */
  async #gated(revisions: readonly number[]): Promise<ReadonlySet<number>> {
    const gated = new Set<number>();
    for (const revision of new Set(revisions)) {
      const strategy = strategyOf(await this.#options.trees.tree(revision));
      if (strategy?.gates.includes("NewDrops") === true) gated.add(revision);
    }
    return gated;
  }
}

/** Undefined: all that are not moved are on another one. */
function movedBetween(
  before: RolloutRecord,
  after: RolloutRecord,
): ReadonlySet<string> | undefined {
  if (before.stable !== after.stable) return undefined;
  const [was, is] = [movedHosts(before), movedHosts(after)];
  return new Set([...was.keys(), ...is.keys()].filter((name) => was.get(name) !== is.get(name)));
}
