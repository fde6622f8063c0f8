import { fieldChanges } from "./field-changes.ts";
import { event, type FleetEvent } from "./fleet-event.ts";
import type { Rollout, RolloutRecord } from "./rollout-record.ts";

/**
 * What the step from one record to the next tells. Of the hosts that are given a revision one by one the waves tell,
 * and of soaking nothing.
 * @param by who took it: `user/NAME` or `controller`
 */
export function rolloutEvents(
  before: RolloutRecord,
  after: RolloutRecord,
  by: string,
): readonly FleetEvent[] {
  const [was, is] = [before.latest, after.latest];
  const changes = fieldChanges(shownOf(before), shownOf(after));
  const tell = (kind: FleetEvent["kind"], { target }: Rollout, message = "") =>
    event(kind, { by, about: `rollout/${String(target)}`, message, changes });
  if (is === undefined) {
    return was === undefined ? [] : [tell("RolloutResumed", was, "it begins anew")];
  }
  if (was?.target !== is.target) {
    const isUnderWay = was !== undefined && was.end === undefined;
    return [
      ...(isUnderWay ? [tell("RolloutSuperseded", was, `by revision ${String(is.target)}`)] : []),
      tell("RolloutStarted", is, startWords(is)),
      ...(is.end === undefined ? [] : [tell("RolloutCompleted", is)]),
    ];
  }
  const back = movedBack(before, after);
  return [
    ...(back.length > 0 && is.end === undefined ? [tell("HostsPutBack", is, back.join(", "))] : []),
    ...stepsWithin(was, is).map(([kind, message]) => tell(kind, is, message)),
  ];
}

type Told = readonly [kind: FleetEvent["kind"], message?: string];

/** What happened to a rollout that goes on, or ends. */
function stepsWithin(was: Rollout, is: Rollout): readonly Told[] {
  const { end } = is;
  if (end !== undefined && end.phase !== was.end?.phase) {
    const message = [end.reason, end.message].filter((words) => words !== "").join(": ");
    return [[end.phase === "Completed" ? "RolloutCompleted" : "RolloutRolledBack", message]];
  }
  const isPromoted = is.approved > was.approved || is.soaked > was.soaked;
  return [
    ...told(was.pausedMs === undefined && is.pausedMs !== undefined, "RolloutPaused"),
    ...told(was.pausedMs !== undefined && is.pausedMs === undefined, "RolloutResumed"),
    ...told(isPromoted, "RolloutPromoted"),
    ...told(was.confirmByMs !== undefined && is.confirmByMs === undefined, "RolloutConfirmed"),
    ...told(
      is.asked !== undefined && is.asked !== was.asked,
      "ApprovalAwaited",
      "the next wave begins when somebody promotes it",
    ),
    ...is.waves.flatMap((wave, index): readonly Told[] => {
      const earlier = was.waves[index];
      if (earlier === undefined) return [["WaveBegun", `wave ${wave.name}`]];
      const isDone = earlier.state !== "done" && wave.state === "done";
      return told(isDone, "WaveDone", `wave ${wave.name}: ${hostsIn(wave.hosts)}`);
    }),
  ];
}

function told(isSo: boolean, ...what: Told): readonly Told[] {
  return isSo ? [what] : [];
}

function startWords({ from, changes, confirmByMs }: Rollout): string {
  const to = changes === undefined ? "to all hosts at once" : `for ${hostCount(changes)}`;
  const confirm =
    confirmByMs === undefined
      ? ""
      : `; undone unless confirmed by ${new Date(confirmByMs).toISOString()}`;
  return `from revision ${String(from)}, ${to}${confirm}`;
}

function hostsIn(names: readonly string[]): string {
  return names.length === 0 ? "no host" : `${hostCount(names.length)}: ${names.join(", ")}`;
}

function hostCount(hosts: number): string {
  return hosts === 1 ? "1 host" : `${String(hosts)} hosts`;
}

/** Hosts that an older rollout had left on its target, and that are on the stable revision now. */
function movedBack(before: RolloutRecord, after: RolloutRecord): readonly string[] {
  const still = new Set(after.earlier.flatMap(({ hosts }) => hosts));
  return before.earlier.flatMap(({ hosts }) => hosts.filter((host) => !still.has(host)));
}

/** What of a record stands in an event, before and after. */
function shownOf({ stable, latest }: RolloutRecord) {
  if (latest === undefined) return { stable };
  const { target, end, pausedMs, waves } = latest;
  const phase = end?.phase ?? (pausedMs === undefined ? "Progressing" : "Paused");
  const wave = waves.at(-1);
  return { stable, target, phase, ...(wave && { wave: wave.name }) };
}
