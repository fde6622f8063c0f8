import { status } from "@grpc/grpc-js";
import type { RolloutDocument } from "@seawall/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FakeController, startFakeController } from "./testing/fake-controller.ts";
import { runSeawall } from "./testing/fake-terminal.ts";
import { NOW } from "./testing/sample-documents.ts";
import { sampleRollout } from "./testing/sample-rollout.ts";

let controller: FakeController;

beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});

const seawall = (...words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

/** One after the other, and the last one for ever; undefined: the controller is not there. */
function inTurn(...rollouts: readonly (RolloutDocument | undefined)[]) {
  let next = 0;
  controller.answer({
    Rollout: (_call, callback) => {
      const rollout = rollouts[Math.min(next, rollouts.length - 1)];
      next += 1;
      if (rollout === undefined) callback({ code: status.UNAVAILABLE, details: "away" });
      else callback(null, { document: JSON.stringify(rollout) });
    },
  });
}

type Status = Partial<RolloutDocument["status"]>;
const completed: Status = { phase: "Completed", waits: undefined, waves: [] };
const rolledBack: Status = {
  ...{ reason: "FailureBudget", message: "edge-4 RestoreFailed", waits: undefined },
  ...{ phase: "RolledBack", endTime: new Date(NOW).toISOString() },
};

describe("--watch, where there is no terminal", () => {
  const time = "2026-03-01T12:00:00Z";

  test("one line per change, and yes in the end", async () => {
    inTurn(sampleRollout(), sampleRollout(), sampleRollout(completed));
    expect(await seawall("rollout", "status", "--watch")).toEqual({
      exitCode: 0,
      stdout: `${time} revision=7 wave=canary Done 2/2 InSync
${time} revision=7 wave=quarter Progressing 8/10 InSync
${time} revision=7 wave=quarter host=edge-4 Failed "RestoreFailed: line 14"
${time} revision=7 wave=quarter host=edge-5 Moving
${time} revision=7 Progressing
${time} revision=7 Completed
`,
      stderr: "",
    });
  });

  test("a no when it is put back", async () => {
    inTurn(sampleRollout(), sampleRollout(rolledBack));
    const { exitCode, stdout } = await seawall("rollout", "status", "--watch");
    expect(exitCode).toBe(1);
    expect(stdout).toContain('revision=7 RolledBack FailureBudget "edge-4 RestoreFailed"\n');
  });

  test("124 when time is up", async () => {
    inTurn(sampleRollout());
    const ended = await runSeawall(["rollout", "status", "--watch", "--timeout=1s"], controller);
    expect(ended).toMatchObject({
      exitCode: 124,
      stderr: "Error: not over after 1s. The rollout goes on.\n",
    });
  });
});

describe("--watch on a terminal: the tree in place of the one before", () => {
  const onTerminal = (env: Readonly<Record<string, string>> = {}) =>
    runSeawall(["rollout", "status", "--watch"], {
      ...{ homeDirectory: controller.homeDirectory, now: () => NOW },
      ...{ isTTY: true, size: () => ({ columns: 60, rows: 24 }) },
      env: { NO_COLOR: "1", ...env },
    });
  const done: Status = {
    ...completed,
    waves: [
      { ...{ name: "canary", phase: "Done", hosts: 2, inSync: 2, waiting: 0 }, behind: [] },
      { ...{ name: "quarter", phase: "Done", hosts: 10, inSync: 10, waiting: 0 }, behind: [] },
    ],
  };
  const underWay = `revision 6 → 7   ◌ Progressing   12/40 hosts given it   ela…
WAVE           STATUS          HOSTS   SINCE   INFO
├─ canary      ✔ Done          2/2     60s     -
├─ quarter     ◌ Progressing   8/10    48s     3 more to co…
│  ├─ edge-4   ✖ Failed        -       -       RestoreFaile…
│  └─ edge-5   ◌ Moving        -       -       -
└─ all         ◷ Waiting       -       -       -

Progressing: hosts of wave quarter are not all InSync yet, …
`;
  const whole = `revision 6 → 7   ✔ Completed   12/40 hosts given it   elapsed 2m11s   max unavailable 4, failure budget 2
WAVE         STATUS   HOSTS   SINCE   INFO
├─ canary    ✔ Done   2/2     -       -
└─ quarter   ✔ Done   10/10   -       -
`;

  test("each line one row of it, so that all are erased; in the end, whole lines", async () => {
    inTurn(sampleRollout(), sampleRollout(done));
    expect(await onTerminal()).toEqual({
      ...{ exitCode: 0, stderr: "" },
      stdout: `${underWay}\u001b[9A\u001b[J${whole}`,
    });
  });

  test("a controller that is away is said once, and beneath it begins another tree", async () => {
    inTurn(sampleRollout(), undefined, undefined, sampleRollout(done));
    expect(await onTerminal()).toEqual({
      ...{ exitCode: 0, stdout: `${underWay}${whole}` },
      stderr: "The controller is not reachable; trying again.\n",
    });
  });

  test("one that cannot erase gets lines", async () => {
    inTurn(sampleRollout(completed));
    const { stdout } = await onTerminal({ TERM: "dumb" });
    expect(stdout).toBe("2026-03-01T12:00:00Z revision=7 Completed\n");
  });
});

test("--watch -o json: a document in one line for each change, for programs", async () => {
  const [begun, end] = [sampleRollout(), sampleRollout(completed)];
  inTurn(begun, begun, end);
  expect(await seawall("rollout", "status", "--watch", "-o", "json")).toEqual({
    ...{ exitCode: 0, stderr: "" },
    stdout: `${JSON.stringify(begun)}\n${JSON.stringify(end)}\n`,
  });
});
