import type { RolloutDocument } from "@seawall/policy";
import { planRollout, type RolloutSituation } from "./plan-rollout.ts";
import type { RolloutHost } from "./rollout-host.ts";
import type { Rollout, RolloutEnd, RolloutRecord, Wave } from "./rollout-record.ts";
import { mostUnavailable } from "./rollout-strategy.ts";

type Status = RolloutDocument["status"];
type WaveStatus = Status["waves"][number];

/** More hosts than anybody reads would make a large answer of every look at a large fleet. */
const SHOWN_HOSTS = 20;

/**
 * The newest rollout and those before it, for people; undefined where there is none.
 * @param situation undefined while it cannot be told what a revision makes of hosts
 */
export function rolloutDocument(
  { latest, past }: RolloutRecord,
  situation: RolloutSituation | undefined,
): RolloutDocument | undefined {
  if (latest === undefined) return undefined;
  const { target, from, beganMs, changes, confirmByMs, end } = latest;
  const strategy = situation?.strategy;
  return {
    apiVersion: "seawall/v1",
    kind: "Rollout",
    metadata: { name: String(target), creationTimestamp: timeOf(beganMs) },
    spec: { revision: target, from },
    status: {
      phase: phaseOf(latest),
      reason: end?.reason ?? "",
      message: end?.message ?? "",
      atOnce: changes === undefined,
      ...(changes === undefined ? {} : { changes }),
      ...(strategy === undefined || changes === undefined
        ? {}
        : {
            maxUnavailable: mostUnavailable(strategy, changes),
            failureBudget: strategy.failureBudget,
            ...(strategy.gates.length === 0 ? {} : { gates: [...strategy.gates] }),
          }),
      ...waitsOf(latest, situation),
      waves: [...begunWaves(latest, situation), ...wavesToCome(latest, situation)],
      ...(confirmByMs === undefined ? {} : { confirmBy: timeOf(confirmByMs) }),
      ...(end === undefined ? {} : { endTime: timeOf(end.atMs) }),
    },
    history: past.map((one) => ({
      ...{ revision: one.target, from: one.from, beganTime: timeOf(one.beganMs) },
      ...endOf(one.end),
      ...(one.hosts === undefined ? {} : { hosts: one.hosts }),
    })),
  };
}

function endOf({ phase, reason, message, atMs }: RolloutEnd) {
  return { phase, reason, message, endTime: timeOf(atMs) };
}

function phaseOf({ end, pausedMs }: Rollout): Status["phase"] {
  return end?.phase ?? (pausedMs === undefined ? "Progressing" : "Paused");
}

function waitsOf(
  { end, confirmByMs }: Rollout,
  situation: RolloutSituation | undefined,
): Pick<Status, "waits"> {
  if (end !== undefined && confirmByMs === undefined) return {};
  if (situation === undefined) {
    const message = "rules name hosts by label, and the record of a host is not believed";
    return { waits: { reason: "HostNotBelieved", message } };
  }
  const step = planRollout(situation);
  if (step.kind !== "wait") return {};
  const { reason, message, untilMs } = step;
  return {
    waits: { reason, message, ...(untilMs === undefined ? {} : { until: timeOf(untilMs) }) },
  };
}

function begunWaves(
  { waves, end }: Rollout,
  situation: RolloutSituation | undefined,
): readonly WaveStatus[] {
  const hosts =
    end === undefined && situation !== undefined
      ? new Map(situation.hosts.map((host) => [host.name, host]))
      : undefined;
  return waves.map((wave) => {
    const known = wave.hosts.flatMap((name) => hosts?.get(name) ?? []);
    const behind = known.filter(({ health }) => health.kind !== "well");
    return {
      name: wave.name,
      phase: end === undefined || wave.state === "done" ? wavePhases[wave.state] : "Stopped",
      hosts: wave.hosts.length,
      ...(hosts === undefined ? {} : { inSync: known.length - behind.length }),
      waiting: wave.waiting.length,
      since: timeOf(wave.sinceMs),
      behind: behind.slice(0, SHOWN_HOSTS).map(behindOf),
    };
  });
}

const wavePhases = {
  moving: "Progressing",
  holding: "Soaking",
  done: "Done",
} as const satisfies Record<Wave["state"], WaveStatus["phase"]>;

function behindOf({ name, health }: RolloutHost): WaveStatus["behind"][number] {
  switch (health.kind) {
    case "failed":
      return { name, state: "Failed", message: `${health.reason}: ${health.message}` };
    case "away":
      return { name, state: "Away", message: "it does not report" };
    case "unknown":
      return {
        name,
        state: "Unknown",
        message: "it has not reported since the controller started",
      };
    case "moving":
    case "well":
      return { name, state: "Moving", message: "" };
  }
}

function wavesToCome(
  { waves, end }: Rollout,
  situation: RolloutSituation | undefined,
): readonly WaveStatus[] {
  if (end !== undefined) return [];
  return (situation?.strategy?.waves ?? []).slice(waves.length).map(({ name }) => ({
    ...{ name, phase: "Waiting" as const, hosts: 0, waiting: 0, behind: [] },
  }));
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
