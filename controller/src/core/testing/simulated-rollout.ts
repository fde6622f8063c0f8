import type { RolloutAction } from "../change-rollout.ts";
import { changeRollout } from "../change-rollout.ts";
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
  /** Ticks from being given rules to their outcome. */
  readonly delay: number;
  /** Ticks in which it is switched off. */
  readonly off?: readonly [from: number, to: number];
}

interface Has {
  readonly rules: number;
  readonly sinceTick: number;
}

const TICK_MS = 5_000;
/** Ticks until a host that is silent counts as away. */
const AWAY_AFTER = 9;
/** No plan takes so many steps at one moment. */
const MOST_STEPS = 10_000;

/** A fleet whose clock goes in ticks of five seconds. Of the rollout it keeps nothing but the record. */
export class SimulatedRollout {
  readonly hosts = new Map<string, SimulatedHost>();
  readonly #has = new Map<string, Has>();
  readonly #silentSince = new Map<string, number>();
  readonly #strategy: Strategy | undefined;
  /** Told of every step that changes the record, with the record before it. */
  onStep: (step: RecordStep, before: RolloutRecord) => void = () => undefined;
  #record = noRollouts;
  #moved: ReadonlyMap<string, number> = new Map();
  #tick = 0;
  #heardSince = 0;
  newest = 0;
  confirmWithinMs: number | undefined;

  constructor(hosts: readonly SimulatedHost[], strategy: Strategy | undefined) {
    this.#strategy = strategy;
    for (const host of hosts) this.join(host);
  }

  get record(): RolloutRecord {
    return this.#record;
  }

  get tick(): number {
    return this.#tick;
  }

  join(host: SimulatedHost): void {
    this.hosts.set(host.name, host);
  }

  /** Another controller: it has the record as it was stored, and has heard of no host. */
  restart(): void {
    this.#write(rolloutRecordSchema.parse(JSON.parse(JSON.stringify(this.#record))));
    this.#heardSince = this.#tick;
  }

  revisionOf(name: string): number {
    return this.#moved.get(name) ?? this.#record.stable;
  }

  /** The rules that the host was given last, whatever became of them. */
  rulesOf({ name, rules }: SimulatedHost): number {
    return rules[this.revisionOf(name)] ?? 0;
  }

  change(action: RolloutAction): boolean {
    const changed = changeRollout(this.record, action, "somebody", this.#tick * TICK_MS);
    if (changed.ok) this.#write(changed.record);
    return changed.ok;
  }

  /** Lets the plan do what it does now; returns what it waits for then. */
  settle(): RolloutStep {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const { record } = this;
      const nowMs = this.#tick * TICK_MS;
      const step = planRollout({
        record,
        newest: { number: this.newest, confirmWithinMs: this.confirmWithinMs },
        strategy: this.#strategy,
        hosts: this.rolloutHosts(),
        nowMs,
        heardForMs: (this.#tick - this.#heardSince) * TICK_MS,
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

  pass(): void {
    this.#tick += 1;
    this.#give();
  }

  rolloutHosts(): readonly RolloutHost[] {
    return [...this.hosts.values()].map((host) => ({
      name: host.name,
      labels: host.labels,
      differs: host.rules[this.newest] !== this.rulesOf(host),
      health: this.healthOf(host),
    }));
  }

  healthOf(host: SimulatedHost): RolloutHealth {
    const silentSince = this.#silentSince.get(host.name);
    if (silentSince !== undefined) {
      const heardOf = Math.max(silentSince, this.#heardSince);
      if (this.#tick - heardOf >= AWAY_AFTER) return { kind: "away" };
      // Its last report may be from before it was given something.
      return { kind: silentSince < this.#heardSince ? "unknown" : "moving" };
    }
    if (this.#tick === this.#heardSince && this.#tick > 0) return { kind: "unknown" };
    const has = this.#has.get(host.name);
    if (has === undefined || has.rules !== this.rulesOf(host)) return { kind: "moving" };
    const outcome = host.outcomes[has.rules] ?? "well";
    if (this.#tick - has.sinceTick < host.delay || outcome === "hangs") return { kind: "moving" };
    if (outcome === "fails") return { kind: "failed", reason: "RestoreFailed", message: "" };
    return this.#gated(host, outcome);
  }

  #gated({ name }: SimulatedHost, outcome: Outcome): RolloutHealth {
    const revision = this.#moved.get(name);
    if (revision === undefined || this.#strategy?.gates.includes("NewDrops") !== true) {
      return { kind: "well" };
    }
    const unannounced = outcome === "cuts" ? 1 : 0;
    const cuts = { epoch: 1, revision, cut: 2, unannounced, announced: true, first: [] };
    const appliedCuts = outcome === "untold" ? null : cuts;
    return withNewDrops({ kind: "well" }, { observedEpoch: 1, revision, appliedCuts });
  }

  /** Hosts that are switched on take what they are given; some are silent from then on. */
  #give(): void {
    for (const host of this.hosts.values()) {
      const { name, delay, off = [0, 0] } = host;
      const isOff = this.#tick >= off[0] && this.#tick < off[1];
      const rules = this.rulesOf(host);
      const has = this.#has.get(name);
      if (!isOff && has?.rules !== rules) this.#has.set(name, { rules, sinceTick: this.#tick });
      const { sinceTick } = this.#has.get(name) ?? { sinceTick: this.#tick };
      const isCutOff =
        this.#has.get(name)?.rules === rules &&
        host.outcomes[rules] === "cutOff" &&
        this.#tick - sinceTick >= delay;
      if (!isOff && !isCutOff) this.#silentSince.delete(name);
      else if (!this.#silentSince.has(name)) this.#silentSince.set(name, this.#tick);
    }
  }
}
