import { matchesLabels } from "@seawall/policy";
import { earlier } from "./confirm-within.ts";
import { isSettled } from "./revisions-in-play.ts";
import type { RolloutHost } from "./rollout-host.ts";
import { movedHosts, type Rollout, type RolloutRecord, type Wave } from "./rollout-record.ts";
import type { RolloutStep } from "./rollout-step.ts";
import { mostUnavailable, type Strategy } from "./rollout-strategy.ts";

/** All that the next step depends on. */
export interface RolloutSituation {
  readonly record: RolloutRecord;
  readonly newest: {
    readonly number: number;
    /** Milliseconds in which its author wants to confirm it; absent: he does not. */
    readonly confirmWithinMs?: number | undefined;
  };
  /** Of the newest revision; undefined: to all hosts at once. */
  readonly strategy: Strategy | undefined;
  /** All hosts of the fleet. `differs` is against the newest revision. */
  readonly hosts: readonly RolloutHost[];
  /** Wall clock: it is what the record holds against the one of another controller. */
  readonly nowMs: number;
  /** For how long, by the monotonic clock, somebody listens to what hosts report: nobody has stood still unheard. */
  readonly heardForMs: number;
}

/** A wave in which nothing comes on for so long has failed. Longer than an agent takes to confirm, and to try again. */
export const STALLED_AFTER_MS = 10 * 60_000;

/** What a rollout does next. The same question has the same answer, whoever asks it. */
export function planRollout(situation: RolloutSituation): RolloutStep {
  const { record, newest, nowMs } = situation;
  const { latest } = record;
  if (newest.number > (latest?.target ?? 0)) return beginning(situation);
  if (latest === undefined || isSettled(record)) return { kind: "idle" };
  if (latest.confirmByMs !== undefined && nowMs >= latest.confirmByMs) {
    const message = "nobody confirmed it in time";
    return { kind: "rollBack", reason: "NotConfirmed", message };
  }
  if (nowMs < measuredFrom(latest)) return { kind: "clockSetBack" };
  if (latest.end !== undefined) return unconfirmed(latest);
  if (situation.strategy === undefined) throw new Error("a rollout goes on without its strategy");
  return new Plan(situation, latest, situation.strategy).next();
}

function beginning(situation: RolloutSituation): RolloutStep {
  const { strategy, hosts } = situation;
  const target = situation.newest.number;
  const confirmByMs = earliestDeadline(situation);
  const confirm = confirmByMs === undefined ? {} : { confirmByMs };
  const changes = hosts.filter(({ differs }) => differs).length;
  return strategy === undefined
    ? { kind: "atOnce", target, ...confirm }
    : { kind: "begin", target, changes, ...confirm };
}

/** Only who confirms it lifts it: a newer revision builds on what was not confirmed, and does not put off when that goes back. */
function earliestDeadline({ record, newest, nowMs }: RolloutSituation): number | undefined {
  const { confirmWithinMs } = newest;
  const own = confirmWithinMs === undefined ? undefined : nowMs + confirmWithinMs;
  return earlier(own, record.latest?.confirmByMs);
}

/** The last moment that something is measured from. A clock before it was set back. */
function measuredFrom({ beganMs, waves }: Rollout): number {
  return Math.max(beganMs, waves.at(-1)?.sinceMs ?? beganMs);
}

function unconfirmed({ confirmByMs }: Rollout): RolloutStep {
  const message = "it is undone unless it is confirmed";
  const until = confirmByMs === undefined ? {} : { untilMs: confirmByMs };
  return { kind: "wait", reason: "Confirmation", message, ...until };
}

/** The next step of a rollout that goes on wave by wave. */
class Plan {
  readonly #situation: RolloutSituation;
  readonly #rollout: Rollout;
  readonly #strategy: Strategy;
  readonly #hosts: ReadonlyMap<string, RolloutHost>;

  constructor(situation: RolloutSituation, rollout: Rollout, strategy: Strategy) {
    this.#situation = situation;
    this.#rollout = rollout;
    this.#strategy = strategy;
    this.#hosts = new Map(situation.hosts.map((host) => [host.name, host]));
  }

  next(): RolloutStep {
    const failed = this.#failures();
    if (failed.length > this.#strategy.failureBudget) {
      return { kind: "rollBack", reason: "FailureBudget", message: inWords(failed) };
    }
    const lost = this.#lost();
    if (lost.length > 0) return { kind: "putBack", hosts: lost };
    if (this.#rollout.pausedMs !== undefined) {
      return { kind: "wait", reason: "Paused", message: "somebody has paused it" };
    }
    const current = this.#rollout.waves.at(-1);
    return current === undefined || current.state === "done"
      ? this.#openNext()
      : this.#inWave(current);
  }

  /** Hosts that the change has done harm to, by what is known. */
  #failures(): readonly RolloutHost[] {
    return this.#rollout.waves.flatMap((wave) =>
      this.#counted(wave).filter((host) => isFailure(host, wave)),
    );
  }

  /** Hosts to which the rollout before this one has done harm. What they have now may be what keeps them away. */
  #lost(): readonly string[] {
    const { record } = this.#situation;
    const moved = movedHosts(record);
    return record.earlier.flatMap(({ revision, hosts }) =>
      hosts.filter((name) => {
        const kind = this.#hosts.get(name)?.health.kind;
        return moved.get(name) === revision && (kind === "failed" || kind === "away");
      }),
    );
  }

  /** The hosts of the wave that it is judged by. */
  #counted({ hosts, ailing }: Wave): readonly RolloutHost[] {
    const exempt = new Set(ailing);
    return hosts.flatMap((name) => (exempt.has(name) ? [] : (this.#hosts.get(name) ?? [])));
  }

  /** Hosts that are to get the target and have not been given it. */
  get #left(): readonly RolloutHost[] {
    return this.#situation.hosts.filter(({ differs }) => differs);
  }

  #openNext(): RolloutStep {
    const left = this.#left;
    if (left.length === 0) return { kind: "complete" };
    const index = this.#rollout.waves.length;
    const wave = this.#strategy.waves[index];
    if (wave === undefined) return this.#openRest(left);
    // A wave that went on without those that were away does not leave it to the next one to wait for them.
    const passedBy = new Set(this.#rollout.waves.flatMap((earlier) => earlier.left));
    const matching = left
      .filter(({ labels }) => matchesLabels(wave.hostSelector, labels))
      .filter((host) => !(isAway(host) && passedBy.has(host.name)))
      .toSorted(thereFirst);
    const most = Math.ceil((matching.length * (wave.percent ?? 100)) / 100);
    const waiting = matching.slice(0, most).map(({ name }) => name);
    if (wave.needsApproval && waiting.length > 0 && this.#rollout.approved <= index) {
      const message = `wave ${wave.name} begins when somebody promotes the rollout`;
      return { kind: "wait", reason: "Approval", message };
    }
    return { kind: "openWave", name: wave.name, waiting };
  }

  /** No wave of the strategy has taken these: nobody selected them, they were away, or they have joined meanwhile. */
  #openRest(left: readonly RolloutHost[]): RolloutStep {
    const isOver = left.every(isAway) && this.#hasSuccess(this.#rollout.waves);
    if (isOver) return { kind: "complete" };
    const name = this.#strategy.waves.length === 0 ? "all" : "rest";
    return { kind: "openWave", name, waiting: left.map((host) => host.name).toSorted() };
  }

  #inWave(wave: Wave): RolloutStep {
    const waiting = wave.waiting.flatMap((name) => {
      const host = this.#hosts.get(name);
      return host?.differs === true ? [host] : [];
    });
    const release = this.#release(waiting);
    if (release !== undefined) return release;
    const counted = this.#counted(wave).filter((host) => !isFailure(host, wave));
    const isUnknown = [...counted, ...waiting].some(({ health }) => health.kind === "unknown");
    const isMoving =
      counted.some(({ health }) => health.kind === "moving") ||
      waiting.some((host) => !isAway(host) && host.health.kind !== "unknown");
    if (isMoving) return this.#unsettled(wave);
    // It goes on holding: what was so before the controller started may still be so.
    if (isUnknown) {
      const message = "hosts have not reported since this controller started";
      return { kind: "wait", reason: "NotReported", message };
    }
    if (wave.hosts.length === 0 && waiting.length === 0) return { kind: "pass" };
    return this.#hasSuccess([wave]) || this.#isPromoted
      ? this.#settled(wave)
      : this.#withoutSuccess(wave);
  }

  /** As many of the waiting hosts as may be unavailable besides those that are. */
  #release(waiting: readonly RolloutHost[]): RolloutStep | undefined {
    const unavailable = this.#unavailable();
    const most = mostUnavailable(this.#strategy, this.#rollout.changes ?? 0);
    let room = most - unavailable.size;
    const released: RolloutHost[] = [];
    for (const host of waiting) {
      const { kind } = host.health;
      if (kind === "away" || kind === "unknown") continue;
      // What is unavailable already takes no room.
      const needsRoom = kind !== "failed" && !unavailable.has(host.name);
      if (needsRoom && room <= 0) continue;
      if (needsRoom) room -= 1;
      released.push(host);
    }
    if (released.length === 0) return undefined;
    return {
      kind: "release",
      hosts: released.map(({ name }) => name),
      ailing: released.filter(({ health }) => health.kind === "failed").map(({ name }) => name),
    };
  }

  /** Hosts that a rollout has moved off the stable revision and that are not well on what they have. */
  #unavailable(): ReadonlySet<string> {
    const ailing = new Set(this.#rollout.waves.flatMap((wave) => wave.ailing));
    const names = [...movedHosts(this.#situation.record).keys()].filter((name) => {
      const host = this.#hosts.get(name);
      return host !== undefined && host.health.kind !== "well" && !ailing.has(name);
    });
    return new Set(names);
  }

  #unsettled(wave: Wave): RolloutStep {
    if (wave.state === "holding") return { kind: "unsettle" };
    return (
      this.#stalled(wave) ?? {
        kind: "wait",
        reason: "Progressing",
        message: `hosts of wave ${wave.name} are not all InSync yet`,
        untilMs: this.#stallsAt(wave),
      }
    );
  }

  #settled(wave: Wave): RolloutStep {
    const soakMs = this.#strategy.waves[this.#rollout.waves.length - 1]?.soakMs ?? 0;
    if (soakMs === 0 || this.#isPromoted) return { kind: "pass" };
    if (wave.state !== "holding") return { kind: "hold" };
    const untilMs = wave.sinceMs + soakMs;
    if (this.#situation.nowMs >= untilMs) return { kind: "pass" };
    return { kind: "wait", reason: "Soaking", message: `wave ${wave.name} soaks`, untilMs };
  }

  /** None of its hosts shows that the change is good. */
  #withoutSuccess(wave: Wave): RolloutStep {
    if (wave.state === "holding") return { kind: "unsettle" };
    if (wave.hosts.length > 0) {
      const message = `no host of wave ${wave.name} is InSync`;
      const untilMs = this.#stallsAt(wave);
      return this.#stalled(wave) ?? { kind: "wait", reason: "NoSuccess", message, untilMs };
    }
    const waits = new Set(wave.waiting);
    const isLast = this.#left.every((host) => waits.has(host.name) || isAway(host));
    if (isLast && this.#hasSuccess(this.#rollout.waves)) return { kind: "pass" };
    const message = `no host of wave ${wave.name} is there`;
    return { kind: "wait", reason: "NoHostThere", message };
  }

  #stalled(wave: Wave): RolloutStep | undefined {
    if (this.#situation.nowMs < this.#stallsAt(wave)) return undefined;
    const behind = wave.hosts
      .flatMap((name) => this.#hosts.get(name) ?? [])
      .filter(({ health }) => health.kind !== "well");
    const message = `nothing came on in wave ${wave.name} for 10 minutes: ${inWords(behind)}`;
    return { kind: "rollBack", reason: "Stalled", message };
  }

  #stallsAt({ sinceMs }: Wave): number {
    const { nowMs, heardForMs } = this.#situation;
    // Whole seconds: of two clocks it comes out a little different at each look, which is no news.
    const heardSinceMs = Math.ceil((nowMs - heardForMs) / 1_000) * 1_000;
    return Math.max(sinceMs, heardSinceMs) + STALLED_AFTER_MS;
  }

  #hasSuccess(waves: readonly Wave[]): boolean {
    return waves.some(({ hosts }) =>
      hosts.some((name) => this.#hosts.get(name)?.health.kind === "well"),
    );
  }

  /** The current wave waits for nothing but its own hosts. */
  get #isPromoted(): boolean {
    const { soaked, waves } = this.#rollout;
    return soaked >= waves.length;
  }
}

/** A host that has gone since it got the change may be cut off by it. Once its wave is done, hosts come and go. */
function isFailure({ health }: RolloutHost, wave: Wave): boolean {
  return health.kind === "failed" || (health.kind === "away" && wave.state !== "done");
}

function isAway({ health }: RolloutHost): boolean {
  return health.kind === "away";
}

/** By name, those that are there first. */
function thereFirst(a: RolloutHost, b: RolloutHost): number {
  if (isAway(a) !== isAway(b)) return isAway(a) ? 1 : -1;
  return a.name < b.name ? -1 : 1;
}

const SHOWN_HOSTS = 3;

function inWords(hosts: readonly RolloutHost[]): string {
  const shown = hosts.slice(0, SHOWN_HOSTS).map(({ name, health }) => `${name} ${howIs(health)}`);
  const more = hosts.length - SHOWN_HOSTS;
  return [
    ...shown,
    ...(more > 0 ? [more === 1 ? "1 more host" : `${String(more)} more hosts`] : []),
  ].join("; ");
}

function howIs(health: RolloutHost["health"]): string {
  switch (health.kind) {
    case "failed":
      return health.message === "" ? health.reason : `${health.reason}: ${health.message}`;
    case "away":
      return "has not reported since";
    case "well":
    case "moving":
    case "unknown":
      return "is not InSync";
  }
}
