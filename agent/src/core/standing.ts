import { elapsedMs, type Moment } from "./moment.ts";

/** What came of trying to reach NATS and the controller over connections made for it. */
export type Reached = { readonly kind: "reached" } | Unreachable;

export interface Unreachable {
  readonly kind: "unreachable";
  /** Who could not be reached. */
  readonly reason: "NatsUnreachable" | "ControllerUnreachable" | "NobodyReachable";
  readonly message: string;
}

/** How the newest bundle stands that this host has accepted. Beside it, the last confirmed one is kept. */
export type Standing =
  /** With its rules in force, NATS and the controller were reached over new connections. */
  | { readonly kind: "confirmed" }
  /** In force, to be confirmed in time: they could be reached before. */
  | Trial
  /** In force until it is confirmed, however long that takes: they could not be reached before either. */
  | { readonly kind: "unconfirmed" }
  /** Not in force. */
  | Reverted
  /** Not in force, and its fault is not proven. Tried again once they can be reached without a break. */
  | ({ readonly kind: "postponed" } & TakenBack);

interface Blamed {
  /**
   * Why it was taken back before, where they were reached again without it. An outage that ends in that moment, or
   * somebody who makes one, looks the same: so this is its last trial. Absent: that was not so yet.
   */
  readonly blamed?: Unreachable;
}

interface Trial extends Blamed {
  readonly kind: "trial";
  readonly since: Moment;
}

interface TakenBack extends Blamed {
  readonly why: Unreachable;
  /** Wall clock, for people. */
  readonly atMs: number;
}

interface Reverted extends TakenBack {
  readonly kind: "reverted";
  /** Without it they were reached again, for the second time: it was its fault, and it never comes back. */
  readonly helped: boolean;
}

/** Whose rules are to be in force. */
export function wanted({ kind }: Standing): "newest" | "confirmed" {
  return kind === "reverted" || kind === "postponed" ? "confirmed" : "newest";
}

/** The bundle whose rules are to be in force; undefined: no rules, as before the first one. */
export function wantedBundle<T>({
  newest,
  standing,
  confirmed,
}: {
  readonly newest: T;
  readonly standing: Standing;
  readonly confirmed?: T;
}): T | undefined {
  return wanted(standing) === "newest" ? newest : confirmed;
}

/** Something that only new connections can tell. */
export interface Question {
  /** Other questions have other keys. */
  readonly key: string;
  /** After so long the answer is no; absent: it is asked until it is yes. */
  readonly withinMs?: number;
  /** Yes only after so long without a no; absent: at the first yes. Not together with `withinMs`. */
  readonly steadyMs?: number;
}

/** What is to be found out while the wanted rules are in force; undefined: nothing. */
export function questionOf(
  standing: Standing,
  withinMs: number,
): Omit<Question, "key"> | undefined {
  switch (standing.kind) {
    case "confirmed":
      return undefined;
    case "trial":
      return { withinMs };
    case "reverted":
      return standing.helped ? undefined : { withinMs };
    case "unconfirmed":
      return {};
    case "postponed":
      // A link that comes and goes would fail the next trial as well.
      return { steadyMs: withinMs };
  }
}

/** However late its rules come into force: after a restart, or because Docker was away. */
const leastTrialMs = 10_000;

/** What is left of a trial; all of it after a reboot. */
export function trialLeftMs(since: Moment, now: Moment, confirmTimeoutMs: number): number {
  const left = confirmTimeoutMs - (elapsedMs(since, now) ?? 0);
  return Math.max(left, Math.min(leastTrialMs, confirmTimeoutMs));
}

/** The standing once its question is answered. */
export function standingAfter(
  standing: Standing,
  answer: Reached,
  now: { readonly moment: Moment; readonly wallMs: number },
): Standing {
  const isReached = answer.kind === "reached";
  switch (standing.kind) {
    case "confirmed":
      return standing;
    case "trial":
      return isReached
        ? { kind: "confirmed" }
        : {
            ...{ kind: "reverted", why: answer, atMs: now.wallMs, helped: false },
            ...blamedOf(standing),
          };
    case "unconfirmed":
      return isReached ? { kind: "confirmed" } : standing;
    case "reverted":
      return standing.helped ? standing : afterReverting(standing, isReached);
    case "postponed":
      return isReached ? { kind: "trial", since: now.moment, ...blamedOf(standing) } : standing;
  }
}

function afterReverting(standing: Reverted, isReached: boolean): Standing {
  const { why, atMs, blamed } = standing;
  if (isReached && blamed !== undefined) return { ...standing, helped: true };
  return {
    ...{ kind: "postponed", why, atMs },
    ...(isReached ? { blamed: why } : blamedOf(standing)),
  };
}

function blamedOf({ blamed }: Blamed): Blamed {
  return blamed === undefined ? {} : { blamed };
}

/**
 * The standing on disk, as an agent that starts finds it. A last trial that was not over when the host went down is
 * lost: what was taken back before is not in force at a reboot.
 */
export function standingAtStart(
  standing: Standing,
  now: { readonly moment: Pick<Moment, "boot">; readonly wallMs: number },
): Standing {
  if (standing.kind !== "trial" || standing.blamed === undefined) return standing;
  const { since, blamed } = standing;
  if (since.boot === now.moment.boot) return standing;
  return { kind: "reverted", why: blamed, atMs: now.wallMs, helped: true, blamed };
}

/**
 * How a newer bundle begins, by what could be reached ahead of it; undefined: that has to be tried first.
 * `isLive`: connections of before are open to both. Where the rules in force were confirmed, or are none, that
 * is enough; it spares every host of a fleet two more connections for every change.
 */
export function standingOfNewer(
  current: Standing | undefined,
  tried: Reached | undefined,
  isLive: boolean,
  now: Moment,
): Standing | undefined {
  // It takes the place of one whose rules could not be brought into force.
  if (current?.kind === "trial") return { kind: "trial", since: now };
  const isProven =
    current === undefined ||
    current.kind === "confirmed" ||
    (current.kind === "reverted" && current.helped);
  if ((isProven && isLive) || tried?.kind === "reached") return { kind: "trial", since: now };
  return tried === undefined ? undefined : { kind: "unconfirmed" };
}
