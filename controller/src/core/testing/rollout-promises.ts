import { expect } from "vitest";
import type { RolloutAction } from "../change-rollout.ts";
import { movedHosts, type RolloutRecord, type Wave } from "../rollout-record.ts";
import type { RecordStep, RolloutStep } from "../rollout-step.ts";
import { mostUnavailable } from "../rollout-strategy.ts";
import type { SimulatedRollout } from "./simulated-rollout.ts";

/** A moment, and how the wall clock had been set until then. */
interface Moment {
  readonly ms: number;
  readonly forwardMs: number;
  readonly timesBack: number;
}

/** What is promised of rollouts, counted by hand beside the plan: each step, and what it waits for, is held against it. */
export class RolloutPromises {
  readonly #rollout: SimulatedRollout;
  #forwardMs = 0;
  #timesBack = 0;
  #heldSince: Moment | undefined;
  /** Of each revision what has to be confirmed with it, by revision, and within how many milliseconds. */
  readonly #owedBy = new Map<number, ReadonlyMap<number, number>>();
  /** What is out, and not confirmed. */
  readonly #pending = new Map<number, { readonly withinMs: number; readonly since: Moment }>();

  readonly #confirmed = new Set<number>();

  constructor(rollout: SimulatedRollout) {
    this.#rollout = rollout;
    rollout.onStep = (step, before) => {
      this.#onStep(step, before);
    };
  }

  clockSet(byMs: number): void {
    if (byMs > 0) this.#forwardMs += byMs;
    else this.#timesBack += 1;
  }

  /** Told after the commit. Nobody has confirmed what a revision builds on before that is out, either. */
  committed(revision: number, withinMs: number | undefined): void {
    const parent = revision - 1;
    const hasBegun = (this.#rollout.record.latest?.target ?? 0) >= parent;
    const owed = new Map(
      hasBegun
        ? [...this.#pending].map(([of, { withinMs: ms }]) => [of, ms] as const)
        : this.#owedBy.get(parent),
    );
    if (withinMs !== undefined) owed.set(revision, withinMs);
    this.#owedBy.set(revision, owed);
  }

  /** Told of what was not refused. */
  acted(action: RolloutAction): void {
    if (action === "confirm") for (const one of this.#pending.keys()) this.#confirmed.add(one);
    if (action === "confirm" || action === "abort") this.#pending.clear();
    if (action === "resume") this.#heldSince = this.#now;
  }

  /** What the plan waits for, once it is done with what there was to do. */
  settled(step: RolloutStep): void {
    const { record } = this.#rollout;
    for (const [revision, { withinMs, since }] of this.#pending) {
      expect(this.#isOver(since, withinMs), `revision ${String(revision)} is out too long`).toBe(
        false,
      );
    }
    if (step.kind === "wait" && step.reason === "Soaking" && this.#heldSince !== undefined)
      expect(this.#isOver(this.#heldSince, this.#soakMs(record)), "it soaks too long").toBe(false);
    const { latest } = record;
    const wave = latest?.waves.at(-1);
    if (wave?.state === "holding" && latest?.end === undefined && latest?.pausedMs === undefined)
      expect(this.#countedKinds(wave), "what soaks").not.toContain("moving");
    if (latest?.end?.phase !== "RolledBack") return;
    for (const { name } of this.#rollout.hosts.values())
      expect(this.#rollout.revisionOf(name), `what ${name} is put back on`).toBe(latest.from);
  }

  #onStep(step: RecordStep, before: RolloutRecord): void {
    const { latest } = before;
    if (latest?.end === undefined && latest?.pausedMs !== undefined)
      expect(["begin", "atOnce", "putBack", "rollBack", "clockSetBack"]).toContain(step.kind);
    if (latest?.end?.phase === "RolledBack") expect(["begin", "atOnce"]).toContain(step.kind);
    switch (step.kind) {
      case "begin":
      case "atOnce":
        this.#begins(step.target);
        break;
      case "release":
        this.#expectRoom(step, before);
        break;
      case "hold":
        this.#heldSince = this.#now;
        break;
      case "pass":
        this.#expectSoaked(before);
        break;
      case "complete":
        this.#expectDone(before);
        break;
      case "rollBack":
        this.#expectBack(step.reason, before);
        break;
      case "openWave":
      case "unsettle":
      case "putBack":
      case "clockSetBack":
        break;
    }
  }

  #begins(target: number): void {
    for (const [owed, withinMs] of this.#owedBy.get(target) ?? []) {
      // What was confirmed when this one was there already stays; this one is confirmed by nobody.
      const revision = this.#confirmed.has(owed) ? target : owed;
      if (withinMs < (this.#pending.get(revision)?.withinMs ?? Infinity))
        this.#pending.set(revision, { withinMs, since: this.#now });
    }
  }

  /** No more than may be are other than well because of a rollout, with those that are given the revision now. */
  #expectRoom({ hosts }: { readonly hosts: readonly string[] }, before: RolloutRecord): void {
    const ailing = new Set(before.latest?.waves.flatMap((wave) => wave.ailing));
    const kindOf = (name: string) => this.#kindOf(name);
    const unavailable = [...movedHosts(before).keys()].filter(
      (name) => !ailing.has(name) && !["well", "unknown"].includes(kindOf(name)),
    );
    const more = hosts.filter((name) => kindOf(name) !== "failed" && !unavailable.includes(name));
    const strategy = this.#rollout.strategyOf(before.latest?.target ?? 0);
    if (strategy === undefined) throw new Error("hosts are given it one by one by no strategy");
    for (const name of hosts) expect(["away", "unknown"]).not.toContain(kindOf(name));
    if (more.length === 0) return;
    const most = mostUnavailable(strategy, before.latest?.changes ?? 0);
    expect(unavailable.length + more.length, "unavailable at once").toBeLessThanOrEqual(most);
  }

  #expectSoaked(before: RolloutRecord): void {
    const { waves = [], soaked = 0 } = before.latest ?? {};
    const wave = waves.at(-1);
    if (wave === undefined || wave.hosts.length === 0 || soaked >= waves.length) return;
    expect(wave.hosts.map((name) => this.#kindOf(name))).toContain("well");
    const soakMs = this.#soakMs(before);
    if (soakMs === 0) return;
    expect(wave.state).toBe("holding");
    expect(this.#mayBeOver(this.#heldSince, soakMs), "it soaks too shortly").toBe(true);
  }

  /** Whom it has not reached is away, and that is no success. */
  #expectDone({ latest }: RolloutRecord): void {
    const waves: readonly Wave[] = latest?.waves ?? [];
    const left = this.#rollout.rolloutHosts().filter(({ differs }) => differs);
    expect(left.filter(({ health }) => health.kind !== "away")).toEqual([]);
    if (left.length === 0) return;
    const reached = waves.flatMap((wave) => wave.hosts.map((name) => this.#kindOf(name)));
    expect(reached).toContain("well");
  }

  #expectBack(reason: string, { latest }: RolloutRecord): void {
    const pending = [...this.#pending];
    if (reason === "NotConfirmed") {
      const isDue = pending.some(([, { withinMs, since }]) => this.#mayBeOver(since, withinMs));
      expect(isDue, "put back although nobody had to confirm it yet").toBe(true);
    }
    for (const [revision] of pending) expect(latest?.from).toBeLessThan(revision);
    this.#pending.clear();
  }

  #countedKinds({ hosts, ailing }: Wave): readonly string[] {
    return hosts.filter((name) => !ailing.includes(name)).map((name) => this.#kindOf(name));
  }

  #kindOf(name: string): string {
    const host = this.#rollout.hosts.get(name);
    return host === undefined ? "gone" : this.#rollout.healthOf(host).kind;
  }

  #soakMs({ latest }: RolloutRecord): number {
    const strategy = this.#rollout.strategyOf(latest?.target ?? 0);
    return strategy?.waves[(latest?.waves.length ?? 0) - 1]?.soakMs ?? 0;
  }

  get #now(): Moment {
    return { ms: this.#rollout.ms, forwardMs: this.#forwardMs, timesBack: this.#timesBack };
  }

  /** By the most that the wall clock can have counted. */
  #mayBeOver(since: Moment | undefined, lengthMs: number): boolean {
    const now = this.#now;
    if (since === undefined) return false;
    return now.ms - since.ms + now.forwardMs - since.forwardMs >= lengthMs;
  }

  /** Each time that the clock is set back puts it off by its own length at the most. */
  #isOver(since: Moment, lengthMs: number): boolean {
    const now = this.#now;
    return now.ms - since.ms >= lengthMs * (1 + now.timesBack - since.timesBack);
  }
}
