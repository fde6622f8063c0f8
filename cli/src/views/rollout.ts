import type { RolloutDocument } from "@seawall/policy";
import { age, humanDuration } from "../duration.ts";
import { renderTable } from "../table.ts";
import type { Tone } from "../terminal.ts";
import { type Column, count, type View } from "./column.ts";

type Status = RolloutDocument["status"];
type Wave = Status["waves"][number];
type Word = Status["phase"] | Wave["phase"] | Wave["behind"][number]["state"];

const looks: Readonly<Record<Word, readonly [tone: Tone, glyph: string]>> = {
  Completed: ["good", "✔"],
  Done: ["good", "✔"],
  Progressing: ["warn", "◌"],
  Soaking: ["warn", "◌"],
  Moving: ["warn", "◌"],
  Paused: ["warn", "॥"],
  Waiting: ["dim", "◷"],
  Superseded: ["dim", "•"],
  Stopped: ["dim", "•"],
  Away: ["warn", "?"],
  Unknown: ["dim", "?"],
  Failed: ["bad", "✖"],
  RolledBack: ["bad", "✖"],
};

function word(what: Word, { paint, utf8 }: View): string {
  const [tone, glyph] = looks[what];
  return paint(tone, utf8 ? `${glyph} ${what}` : what);
}

/** The rollout, its waves, and the hosts of each that are not InSync. */
export function rolloutTree(rollout: RolloutDocument, view: View): string {
  const { status } = rollout;
  const rows = status.waves.flatMap((wave, index) =>
    waveRows(wave, index === status.waves.length - 1, view),
  );
  const table = { headers: ["WAVE", "STATUS", "HOSTS", "SINCE", "INFO"], rows };
  const waves = rows.length === 0 ? "" : renderTable(table);
  return [headLine(rollout, view), waves, footLines(rollout, view)].filter(Boolean).join("\n");
}

function headLine({ spec, status, metadata }: RolloutDocument, view: View): string {
  const arrow = view.utf8 ? "→" : "->";
  const ended = Date.parse(status.endTime ?? "");
  const until = Number.isNaN(ended) ? view.now : ended;
  const parts = [
    `revision ${spec.from} ${arrow} ${spec.revision}`,
    word(status.phase, view),
    ...(status.changes === undefined
      ? []
      : [`${givenHosts(status)}/${count(status.changes, "host")} given it`]),
    `elapsed ${humanDuration(until - Date.parse(metadata.creationTimestamp))}`,
    ...(status.maxUnavailable === undefined
      ? []
      : [
          [
            `max unavailable ${status.maxUnavailable}, failure budget ${status.failureBudget ?? 0}`,
            ...(status.gates ?? []).map((gate) => `gate ${gate}`),
          ].join(", "),
        ]),
  ];
  return parts.join("   ");
}

function givenHosts({ waves }: Status): number {
  return waves.reduce((sum, { hosts }) => sum + hosts, 0);
}

function waveRows(wave: Wave, isLast: boolean, view: View): string[][] {
  const [branch, trunk] = view.utf8
    ? [isLast ? "└─" : "├─", isLast ? " " : "│"]
    : [isLast ? "`-" : "+-", isLast ? " " : "|"];
  const twig = (index: number) => {
    const isEnd = index === wave.behind.length - 1;
    return view.utf8 ? (isEnd ? "└─" : "├─") : isEnd ? "`-" : "+-";
  };
  return [
    [
      `${branch} ${wave.name}`,
      word(wave.phase, view),
      hostsOf(wave),
      age(wave.since, view.now),
      wave.waiting === 0 ? "" : `${wave.waiting} more to come`,
    ],
    ...wave.behind.map(({ name, state, message }, index) => [
      ...[`${trunk}  ${twig(index)} ${name}`, word(state, view), "", "", message],
    ]),
  ];
}

/** `3/4` InSync, or how many were given it. */
function hostsOf({ phase, hosts, inSync }: Wave): string {
  if (phase === "Waiting") return "-";
  return inSync === undefined ? String(hosts) : `${inSync}/${hosts}`;
}

function footLines({ spec, status }: RolloutDocument, { now }: View): string {
  const { phase, reason, message, waits, confirmBy, atOnce } = status;
  const lines = [];
  if (atOnce) lines.push("It went to all hosts at once: there is no RolloutStrategy.");
  if (phase === "RolledBack") {
    lines.push(
      `Every host went back to revision ${spec.from}. ${reason}: ${message}`,
      "Revision and fleet differ until it is put right: seawall apply, or seawall rollout undo. Once more: seawall rollout resume",
      `If revision ${spec.revision} changes the Guardrail part of a host, each of these needs the role guardrail-admin.`,
    );
  }
  if (waits !== undefined) {
    const until = waits.until === undefined ? "" : `, ${left(waits.until, now)} left`;
    lines.push(`${waits.reason}: ${waits.message}${until}`);
  }
  if (confirmBy !== undefined) {
    lines.push(
      `Undone in ${left(confirmBy, now)} unless: seawall rollout confirm ${spec.revision}`,
    );
  }
  return lines.join("\n");
}

function left(until: string, now: number): string {
  return humanDuration(Date.parse(until) - now);
}

/** What there is to say of the rollout, by what it is said of; a line is said again when it is another one. */
export function rolloutLines(rollout: RolloutDocument): ReadonlyMap<string, string> {
  const { spec, status } = rollout;
  const lines = new Map<string, string>();
  const at = `revision=${spec.revision}`;
  for (const { name, phase, hosts, inSync, behind } of status.waves) {
    if (phase === "Waiting") continue;
    const of = inSync === undefined ? count(hosts, "host") : `${inSync}/${hosts} InSync`;
    lines.set(`wave ${name}`, `${at} wave=${name} ${phase} ${of}`);
    for (const host of behind) {
      const why = host.message === "" ? "" : ` ${JSON.stringify(host.message)}`;
      lines.set(`host ${host.name}`, `${at} wave=${name} host=${host.name} ${host.state}${why}`);
    }
  }
  const { waits } = status;
  if (waits !== undefined && waits.reason !== "Progressing") {
    lines.set("waits", `${at} ${waits.reason} ${JSON.stringify(waits.message)}`);
  }
  const why = status.message === "" ? "" : ` ${status.reason} ${JSON.stringify(status.message)}`;
  lines.set("phase", `${at} ${status.phase}${why}`);
  return lines;
}

/** A rollout of the history. */
export interface PastRollout {
  readonly revision: number;
  readonly from: number;
  readonly phase: Status["phase"];
  readonly reason: string;
  readonly message: string;
  readonly beganTime: string;
  readonly hosts?: number | undefined;
}

/** All that are remembered, newest first. */
export function allRollouts({
  metadata,
  spec,
  status,
  history,
}: RolloutDocument): readonly PastRollout[] {
  const { phase, reason, message, atOnce } = status;
  const beganTime = metadata.creationTimestamp;
  const hosts = atOnce ? undefined : givenHosts(status);
  return [{ ...spec, phase, reason, message, beganTime, hosts }, ...history];
}

export const rolloutColumns: readonly Column<PastRollout>[] = [
  { header: "REVISION", cell: ({ revision }) => String(revision) },
  { header: "FROM", cell: ({ from }) => String(from) },
  { header: "STATUS", cell: ({ phase }, view) => word(phase, view) },
  { header: "HOSTS", cell: ({ hosts }) => (hosts === undefined ? "all at once" : String(hosts)) },
  { header: "AGE", cell: ({ beganTime }, { now }) => age(beganTime, now) },
  { header: "WHY", cell: ({ reason, message }) => [reason, message].filter(Boolean).join(": ") },
];
