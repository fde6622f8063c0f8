import {
  movedHosts,
  type PastRollout,
  type Rollout,
  type RolloutRecord,
} from "./rollout-record.ts";

/** Why nothing is to be done now. */
export type WaitReason =
  /** Hosts are on their way. */
  | "Progressing"
  /** All hosts of the wave are InSync, and shall stay so for a while. */
  | "Soaking"
  /** The next wave begins when somebody says so. */
  | "Approval"
  | "Paused"
  /** No host of the wave that could show that the change is good is there. */
  | "NoHostThere"
  /** None of the hosts of the wave is InSync, and those that are not were not before either. */
  | "NoSuccess"
  /** Hosts have not reported since this controller started. */
  | "NotReported"
  /** It is done, and undone unless somebody confirms it. */
  | "Confirmation";

/** The one next thing that a rollout does. */
export type RolloutStep =
  | { readonly kind: "idle" }
  | {
      readonly kind: "wait";
      readonly reason: WaitReason;
      /** For people. */
      readonly message: string;
      /** When something happens by itself; absent: it does not. */
      readonly untilMs?: number;
    }
  | {
      readonly kind: "begin";
      readonly target: number;
      readonly changes: number;
      readonly confirmByMs?: number;
    }
  /** To all hosts, whatever becomes of it. */
  | { readonly kind: "atOnce"; readonly target: number; readonly confirmByMs?: number }
  | { readonly kind: "openWave"; readonly name: string; readonly waiting: readonly string[] }
  /** These hosts are given the target. */
  | {
      readonly kind: "release";
      readonly hosts: readonly string[];
      readonly ailing: readonly string[];
    }
  /** All that count are InSync. */
  | { readonly kind: "hold" }
  /** One of them is not any more. */
  | { readonly kind: "unsettle" }
  /** To before the rollout, or its current wave, began: for how long nobody knows, so all is measured from now on. */
  | { readonly kind: "clockSetBack" }
  /** These were left on an older target, and are not well on it: they go back to the stable revision. */
  | { readonly kind: "putBack"; readonly hosts: readonly string[] }
  /** The wave is done. */
  | { readonly kind: "pass" }
  | { readonly kind: "complete" }
  /** Every host goes back to the revision that was completed before. */
  | { readonly kind: "rollBack"; readonly reason: string; readonly message: string };

/** The steps that change the record. */
export type RecordStep = Exclude<RolloutStep, { readonly kind: "idle" | "wait" }>;

/** So many past rollouts are remembered. */
const KEPT_ROLLOUTS = 30;

/** The record after a step. */
export function afterStep(record: RolloutRecord, step: RecordStep, nowMs: number): RolloutRecord {
  if (step.kind === "begin") {
    const { target, changes, confirmByMs } = step;
    const latest = { ...begun(record, target, confirmByMs, nowMs), changes };
    const past = pastRollouts(record, nowMs);
    return { stable: record.stable, earlier: leftBehind(record), past, latest };
  }
  if (step.kind === "atOnce") {
    const { target, confirmByMs } = step;
    const end = { phase: "Completed", atMs: nowMs, reason: "AtOnce", message: "" } as const;
    const latest = { ...begun(record, target, confirmByMs, nowMs), end };
    return { stable: target, earlier: [], past: pastRollouts(record, nowMs), latest };
  }
  const { latest } = record;
  if (latest === undefined) throw new Error(`there is no rollout to ${step.kind}`);
  switch (step.kind) {
    case "openWave":
      return withLatest(record, {
        waves: [
          ...latest.waves,
          {
            ...{ name: step.name, hosts: [], ailing: [], waiting: [...step.waiting], left: [] },
            ...{ state: "moving", sinceMs: nowMs },
          },
        ],
      });
    case "release": {
      const given = new Set(step.hosts);
      return withWave(record, ({ hosts, ailing, waiting }) => ({
        hosts: [...hosts, ...step.hosts],
        ailing: [...ailing, ...step.ailing],
        waiting: waiting.filter((host) => !given.has(host)),
        ...{ state: "moving", sinceMs: nowMs },
      }));
    }
    case "hold":
      return withWave(record, () => ({ state: "holding", sinceMs: nowMs }));
    case "unsettle":
      return withWave(record, () => ({ state: "moving", sinceMs: nowMs }));
    case "clockSetBack":
      return withLatest(record, measuredFromNow(latest, nowMs));
    case "putBack": {
      const back = new Set(step.hosts);
      const earlier = record.earlier.map(({ revision, hosts }) => ({
        revision,
        hosts: hosts.filter((host) => !back.has(host)),
      }));
      return { ...record, earlier: earlier.filter(({ hosts }) => hosts.length > 0) };
    }
    case "pass":
      return withWave(record, ({ waiting }) => ({
        ...{ state: "done", sinceMs: nowMs, waiting: [], left: waiting },
      }));
    case "complete":
      return {
        ...{ ...record, stable: latest.target, earlier: [] },
        latest: { ...latest, end: { phase: "Completed", atMs: nowMs, reason: "", message: "" } },
      };
    case "rollBack":
      return rolledBack(record, latest, step, nowMs);
  }
}

function begun(
  { latest, stable }: RolloutRecord,
  target: number,
  confirmByMs: number | undefined,
  nowMs: number,
): Rollout {
  return {
    target,
    // What was never confirmed is not what hosts should come back to.
    from: latest?.confirmByMs === undefined ? stable : latest.from,
    ...{ confirmByMs, beganMs: nowMs, waves: [], soaked: 0, approved: 0 },
  };
}

/** What is still to come is put off by no more than what it takes as a whole. */
function measuredFromNow(
  { beganMs, confirmByMs, waves }: Rollout,
  nowMs: number,
): Partial<Rollout> {
  const backMs = Math.max(0, beganMs - nowMs);
  return {
    beganMs: beganMs - backMs,
    confirmByMs: confirmByMs === undefined ? undefined : confirmByMs - backMs,
    waves: waves.map((wave) => ({ ...wave, sinceMs: Math.min(wave.sinceMs, nowMs) })),
  };
}

/** The hosts that are not on the stable revision, by the one that they are on. */
function leftBehind(record: RolloutRecord): RolloutRecord["earlier"] {
  const groups = new Map<number, string[]>();
  for (const [host, revision] of movedHosts(record)) {
    groups.set(revision, [...(groups.get(revision) ?? []), host]);
  }
  return [...groups].map(([revision, hosts]) => ({ revision, hosts }));
}

/** With the latest one among them. */
export function pastRollouts({ latest, past }: RolloutRecord, nowMs: number): PastRollout[] {
  if (latest === undefined) return [...past];
  const { target, from, beganMs, changes, waves } = latest;
  const end = latest.end ?? { phase: "Superseded", atMs: nowMs, reason: "", message: "" };
  const hosts = waves.reduce((sum, wave) => sum + wave.hosts.length, 0);
  return [
    { target, from, beganMs, hosts: changes === undefined ? undefined : hosts, end },
    ...past,
  ].slice(0, KEPT_ROLLOUTS);
}

function withLatest(record: RolloutRecord, changed: Partial<Rollout>): RolloutRecord {
  const { latest } = record;
  return latest === undefined ? record : { ...record, latest: { ...latest, ...changed } };
}

type Waves = Rollout["waves"];

function withWave(
  record: RolloutRecord,
  change: (wave: Waves[number]) => Partial<Waves[number]>,
): RolloutRecord {
  const waves = record.latest?.waves ?? [];
  const current = waves.at(-1);
  if (current === undefined) throw new Error("no wave has begun");
  return withLatest(record, { waves: [...waves.slice(0, -1), { ...current, ...change(current) }] });
}

function rolledBack(
  record: RolloutRecord,
  latest: Rollout,
  { reason, message }: { readonly reason: string; readonly message: string },
  nowMs: number,
): RolloutRecord {
  return {
    ...{ ...record, stable: latest.from, earlier: [] },
    latest: {
      ...latest,
      confirmByMs: undefined,
      pausedMs: undefined,
      end: { phase: "RolledBack", atMs: nowMs, reason, message },
    },
  };
}
