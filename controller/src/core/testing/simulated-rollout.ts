import type { RolloutAction } from "../change-rollout.ts";
import { changeRollout } from "../change-rollout.ts";
import { confirmWithin } from "../confirm-within.ts";
import { withNewDrops } from "../new-drops.ts";
import { planRollout } from "../plan-rollout.ts";
import type { RolloutHealth, RolloutHost } from "../rollout-host.ts";
import {
  movedHosts,
  noRollouts,
  type RolloutRecord,
  rolloutRecordSchema,
} from "../rollout-record.ts";
import { afterStep, type RecordStep, type RolloutStep } from "../rollout-step.ts";
import type { Strategy } from "../rollout-strategy.ts";

/** What becomes of a host that gets a revision. */
export type Outcome =
  | "well"
  | "fails"
  | "cutOff"
  | "hangs"
  /** Well, but for the gate NewDrops: it has cut what nobody was told of, or does not say what. */
  | "cuts"
  | "untold";

export interface SimulatedHost {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By revision: equal numbers are equal rules. */
  readonly rules: readonly number[];
  /** By rules. */
  readonly outcomes: Readonly<Record<number, Outcome>>;
  /** Ticks of five seconds from being given rules to their outcome. */
  readonly delay: number;
  /** Ticks in which it is switched off. */
  readonly off?: readonly [from: number, to: number];
}

/** A revision as somebody commits it; a host's rules of its content are `rules[content]`. */
interface SimulatedRevision {
  readonly content: number;
  readonly strategy: Strategy | undefined;
  readonly confirmWithinMs?: number | undefined;
}

interface Has {
  readonly rules: number;
  readonly sinceMs: number;
}

const TICK_MS = 5_000;
/** A host that is silent for so long counts as away. */
const AWAY_AFTER_MS = 45_000;
/** No plan takes so many steps at one moment. */
const MOST_STEPS = 10_000;

/**
 * A fleet whose time passes when the test says so, and whose wall clock can be set. Of the rollout it keeps nothing but the
 * record and the revisions.
 */
export class SimulatedRollout {
  readonly hosts = new Map<string, SimulatedHost>();
  readonly #has = new Map<string, Has>();
  readonly #silentSince = new Map<string, number>();
  readonly #strategy: Strategy | undefined;
  readonly #revisions = new Map<number, SimulatedRevision>();
  /** Told of every step that changes the record, with the record before it. */
  onStep: (step: RecordStep, before: RolloutRecord) => void = () => undefined;
  #record = noRollouts;
  #moved: ReadonlyMap<string, number> = new Map();
  #ms = 0;
  #passedAtMs = 0;
  #aheadMs = 0;
  #heardSinceMs = 0;
  newest = 0;

  /** @param strategy of every revision that is not committed with its own */
  constructor(hosts: readonly SimulatedHost[], strategy: Strategy | undefined) {
    this.#strategy = strategy;
    for (const host of hosts) this.join(host);
  }

  get record(): RolloutRecord {
    return this.#record;
  }

  /** Milliseconds that have passed, whatever the wall clock says. */
  get ms(): number {
    return this.#ms;
  }

  get tick(): number {
    return Math.floor(this.#ms / TICK_MS);
  }

  get #wallMs(): number {
    return this.#ms + this.#aheadMs;
  }

  join(host: SimulatedHost): void {
    this.hosts.set(host.name, host);
  }

  /** Another controller: it has the record as it was stored, and has heard of no host. */
  restart(): void {
    this.#write(rolloutRecordSchema.parse(JSON.parse(JSON.stringify(this.#record))));
    this.#heardSinceMs = this.#ms;
  }

  /** Somebody sets the wall clock. */
  setClock(byMs: number): void {
    this.#aheadMs += byMs;
  }

  commit(revision: SimulatedRevision): void {
    const parent = { number: this.newest, ...this.#revisions.get(this.newest) };
    const before = this.newest === 0 ? undefined : parent;
    const confirmWithinMs = confirmWithin(revision.confirmWithinMs, before, this.#record);
    this.newest += 1;
    this.#revisions.set(this.newest, { ...revision, confirmWithinMs });
  }

  contentOf(revision: number): number {
    return this.#revisions.get(revision)?.content ?? revision;
  }

  strategyOf(revision: number): Strategy | undefined {
    const committed = this.#revisions.get(revision);
    return committed === undefined ? this.#strategy : committed.strategy;
  }

  revisionOf(name: string): number {
    return this.#moved.get(name) ?? this.#record.stable;
  }

  /** The rules that the host was given last, whatever became of them. */
  rulesOf({ name, rules }: SimulatedHost): number {
    return rules[this.contentOf(this.revisionOf(name))] ?? 0;
  }

  /** Those that it has taken; undefined: none yet. */
  takenBy(name: string): number | undefined {
    return this.#has.get(name)?.rules;
  }

  change(action: RolloutAction): boolean {
    const changed = changeRollout(this.record, action, "somebody", this.#wallMs);
    if (changed.ok) this.#write(changed.record);
    this.#give();
    return changed.ok;
  }

  /** Lets the plan do what it does now; returns what it waits for then. */
  settle(): RolloutStep {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const { record, newest } = this;
      const nowMs = this.#wallMs;
      const step = planRollout({
        record,
        newest: { number: newest, confirmWithinMs: this.#revisions.get(newest)?.confirmWithinMs },
        strategy: this.strategyOf(newest),
        hosts: this.rolloutHosts(),
        nowMs,
        heardForMs: this.#ms - this.#heardSinceMs,
      });
      if (step.kind === "idle" || step.kind === "wait") return step;
      this.onStep(step, record);
      this.#write(afterStep(record, step, nowMs));
      this.#give();
    }
    throw new Error("the plan does not come to rest");
  }

  #write(record: RolloutRecord): void {
    this.#record = record;
    this.#moved = movedHosts(record);
  }

  pass(ms = TICK_MS): void {
    this.#passedAtMs = this.#ms;
    this.#ms += ms;
    this.#give();
  }

  rolloutHosts(): readonly RolloutHost[] {
    const content = this.contentOf(this.newest);
    return [...this.hosts.values()].map((host) => ({
      name: host.name,
      labels: host.labels,
      differs: host.rules[content] !== this.rulesOf(host),
      health: this.healthOf(host),
    }));
  }

  healthOf(host: SimulatedHost): RolloutHealth {
    const silentSince = this.#silentSince.get(host.name);
    if (silentSince !== undefined) {
      const heardOf = Math.max(silentSince, this.#heardSinceMs);
      if (this.#ms - heardOf >= AWAY_AFTER_MS) return { kind: "away" };
      // Its last report may be from before it was given something.
      return { kind: silentSince < this.#heardSinceMs ? "unknown" : "moving" };
    }
    if (this.#ms === this.#heardSinceMs && this.#ms > 0) return { kind: "unknown" };
    const has = this.#has.get(host.name);
    if (has === undefined || has.rules !== this.rulesOf(host)) return { kind: "moving" };
    const outcome = host.outcomes[has.rules] ?? "well";
    const isOnItsWay = this.#ms - has.sinceMs < host.delay * TICK_MS;
    if (isOnItsWay || outcome === "hangs") return { kind: "moving" };
    if (outcome === "fails") return { kind: "failed", reason: "RestoreFailed", message: "" };
    return this.#gated(host, outcome);
  }

  #gated({ name }: SimulatedHost, outcome: Outcome): RolloutHealth {
    const revision = this.#moved.get(name);
    if (revision === undefined) return { kind: "well" };
    if (this.strategyOf(revision)?.gates.includes("NewDrops") !== true) return { kind: "well" };
    const unannounced = outcome === "cuts" ? 1 : 0;
    const cuts = { epoch: 1, revision, cut: 2, unannounced, announced: true, first: [] };
    const appliedCuts = outcome === "untold" ? null : cuts;
    return withNewDrops({ kind: "well" }, { observedEpoch: 1, revision, appliedCuts });
  }

  /** Hosts that are switched on take what they are given; some are silent from then on. */
  #give(): void {
    for (const host of this.hosts.values()) {
      const rules = this.rulesOf(host);
      const isOff = this.isOff(host);
      if (!isOff && this.#has.get(host.name)?.rules !== rules)
        this.#has.set(host.name, { rules, sinceMs: this.#ms });
      const { off = [0, 0], name } = host;
      const silentFrom = isOff ? off[0] * TICK_MS : this.#cutOffFrom(host, rules);
      if (silentFrom === undefined || silentFrom > this.#ms) this.#silentSince.delete(name);
      else if (!this.#silentSince.has(name))
        this.#silentSince.set(name, Math.max(silentFrom, this.#passedAtMs));
    }
  }

  isOff({ off = [0, 0] }: SimulatedHost): boolean {
    return this.#ms >= off[0] * TICK_MS && this.#ms < off[1] * TICK_MS;
  }

  #cutOffFrom({ name, outcomes, delay }: SimulatedHost, rules: number): number | undefined {
    const has = this.#has.get(name);
    if (has?.rules !== rules || outcomes[rules] !== "cutOff") return undefined;
    return has.sinceMs + delay * TICK_MS;
  }
}
