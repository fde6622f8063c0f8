import { expect, test } from "vitest";
import { changeRollout, type RolloutAction, rolloutActions } from "./change-rollout.ts";
import { rolloutEvents } from "./rollout-events.ts";
import { untoldNews, withNews } from "./rollout-news.ts";
import { noRollouts, type RolloutRecord } from "./rollout-record.ts";
import { afterStep, type RecordStep } from "./rollout-step.ts";

type Step = RecordStep | { readonly kind: "ask" } | { readonly kind: RolloutAction };

const isAction = (step: Step): step is { readonly kind: RolloutAction } =>
  rolloutActions.some((action) => action === step.kind);

function stepped(record: RolloutRecord, step: Step): RolloutRecord {
  if (step.kind === "ask") {
    const { latest } = record;
    if (latest === undefined) throw new Error("nothing to approve");
    return { ...record, latest: { ...latest, asked: latest.waves.length } };
  }
  if (!isAction(step)) return afterStep(record, step, 2_000);
  const changed = changeRollout(record, step.kind, "oscar", 2_000);
  if (!changed.ok) throw new Error(changed.message);
  return changed.record;
}

const begin = { kind: "begin", target: 7, changes: 2 } as const;
const canary = { kind: "openWave", name: "canary", waiting: ["a"] } as const;
const given = { kind: "release", hosts: ["a"], ailing: [] } as const;
const failed = { kind: "rollBack", reason: "FailureBudget", message: "a RestoreFailed" } as const;
const late = { kind: "rollBack", reason: "NotConfirmed", message: "nobody confirmed" } as const;

test.for<[name: string, before: readonly Step[], step: Step, told: readonly string[]]>([
  ["it begins", [], begin, ["RolloutStarted rollout/7 from revision 0, for 2 hosts"]],
  [
    "it begins, and has to be confirmed",
    [],
    { ...begin, changes: 1, confirmByMs: 60_000 },
    [
      "RolloutStarted rollout/7 from revision 0, for 1 host; undone unless confirmed by 1970-01-01T00:01:00.000Z",
    ],
  ],
  [
    "to all at once",
    [],
    { kind: "atOnce", target: 7 },
    [
      "RolloutStarted rollout/7 from revision 0, to all hosts at once",
      "RolloutCompleted rollout/7",
    ],
  ],
  ["a wave begins", [begin], canary, ["WaveBegun rollout/7 wave canary"]],
  ["a host is given it: the wave tells", [begin, canary], given, []],
  ["it soaks", [begin, canary, given], { kind: "hold" }, []],
  [
    "a wave is done",
    [begin, canary, given, { kind: "hold" }],
    { kind: "pass" },
    ["WaveDone rollout/7 wave canary: 1 host: a"],
  ],
  [
    "an empty wave is done",
    [begin, canary],
    { kind: "pass" },
    ["WaveDone rollout/7 wave canary: no host"],
  ],
  [
    "it waits for approval",
    [begin, canary, given, { kind: "pass" }],
    { kind: "ask" },
    ["ApprovalAwaited rollout/7 the next wave begins when somebody promotes it"],
  ],
  ["and has said so", [begin, { kind: "ask" }], { kind: "ask" }, []],
  ["promoted", [begin, { kind: "ask" }], { kind: "promote" }, ["RolloutPromoted rollout/7"]],
  ["paused", [begin, canary], { kind: "pause" }, ["RolloutPaused rollout/7"]],
  ["resumed", [begin, { kind: "pause" }], { kind: "resume" }, ["RolloutResumed rollout/7"]],
  [
    "aborted",
    [begin, { kind: "pause" }],
    { kind: "abort" },
    ["RolloutRolledBack rollout/7 Aborted: aborted by oscar"],
  ],
  [
    "a gate fails",
    [begin, canary, given],
    failed,
    ["RolloutRolledBack rollout/7 FailureBudget: a RestoreFailed"],
  ],
  [
    "resumed after that",
    [begin, canary, given, failed],
    { kind: "resume" },
    ["RolloutResumed rollout/7 it begins anew"],
  ],
  [
    "confirmed",
    [{ ...begin, confirmByMs: 9_000 }],
    { kind: "confirm" },
    ["RolloutConfirmed rollout/7"],
  ],
  [
    "its confirm window is over",
    [{ ...begin, confirmByMs: 9_000 }],
    late,
    ["RolloutRolledBack rollout/7 NotConfirmed: nobody confirmed"],
  ],
  [
    "the same after it was complete",
    [{ ...begin, confirmByMs: 9_000 }, { kind: "complete" }],
    late,
    ["RolloutRolledBack rollout/7 NotConfirmed: nobody confirmed"],
  ],
  [
    "complete",
    [begin, canary, given, { kind: "pass" }],
    { kind: "complete" },
    ["RolloutCompleted rollout/7"],
  ],
  [
    "superseded",
    [begin, canary, given],
    { ...begin, target: 8 },
    [
      "RolloutSuperseded rollout/7 by revision 8",
      "RolloutStarted rollout/8 from revision 0, for 2 hosts",
    ],
  ],
  [
    "a host that the one before had lost is put back",
    [begin, canary, given, { ...begin, target: 8 }],
    { kind: "putBack", hosts: ["a"] },
    ["HostsPutBack rollout/8 a"],
  ],
])("%s", ([, before, step, told]) => {
  const record = before.reduce(stepped, noRollouts);
  const events = rolloutEvents(record, stepped(record, step), "controller");
  expect(events.map(({ kind, about, message }) => `${kind} ${about} ${message}`.trim())).toEqual(
    told,
  );
});

test("an event says who, and what was before and is after", () => {
  const record = [begin, canary, given].reduce(stepped, noRollouts);
  expect(rolloutEvents(record, stepped(record, failed), "user/oscar")).toEqual([
    {
      ...{ kind: "RolloutRolledBack", by: "user/oscar", about: "rollout/7", host: "" },
      message: "FailureBudget: a RestoreFailed",
      changes: [{ path: "phase", before: '"Progressing"', after: '"RolledBack"' }],
    },
  ]);
});

test("what a step tells is written with it, and numbered for ever, whether it is told late or at once", () => {
  let record = noRollouts;
  const numbers = (told: number, steps: readonly Step[]) => {
    for (const step of steps) {
      const next = stepped(record, step);
      record = withNews(record, next, { by: "controller", nowMs: 5, told });
    }
    return untoldNews(record).map(({ number, event }) => `${String(number)} ${event.kind}`);
  };
  // Nobody comes to tell.
  expect(numbers(0, [begin, canary, given])).toEqual(["0 RolloutStarted", "1 WaveBegun"]);
  // The first was told, then the controller died.
  expect(numbers(1, [{ kind: "pass" }])).toEqual(["1 WaveBegun", "2 WaveDone"]);
  expect(numbers(2, [{ kind: "complete" }])).toEqual(["3 RolloutCompleted"]);
  record = withNews(record, record, { by: "controller", nowMs: 5, told: 1 });
  expect(numbers(0, [{ ...begin, target: 8 }])).toEqual(["4 RolloutStarted"]);
  // Somebody pauses and resumes for ever while nothing can be written.
  const pausing = Array.from(
    { length: 60 },
    (_, i) => ({ kind: i % 2 === 0 ? "pause" : "resume" }) as const,
  );
  const kept = numbers(0, pausing);
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([
    50,
    "15 RolloutPaused",
    "64 RolloutResumed",
  ]);
});
