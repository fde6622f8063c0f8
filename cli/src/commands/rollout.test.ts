import { status } from "@grpc/grpc-js";
import type { RolloutDocument } from "@seawall/policy";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  always,
  type FakeController,
  refuse,
  startFakeController,
} from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW } from "../testing/sample-documents.ts";
import { sampleRollout } from "../testing/sample-rollout.ts";

let controller: FakeController;

beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});
beforeEach(() => {
  controller.answer({});
});

const seawall = (...words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });
const answered = (rollout: RolloutDocument) => always({ document: JSON.stringify(rollout) });

type Status = Partial<RolloutDocument["status"]>;
const completed: Status = { phase: "Completed", waits: undefined, waves: [] };
const rolledBack: Status = {
  ...{ reason: "FailureBudget", message: "edge-4 RestoreFailed", waits: undefined },
  ...{ phase: "RolledBack", endTime: new Date(NOW).toISOString() },
};

describe("status", () => {
  test("the tree of waves, with the hosts that are not InSync", async () => {
    controller.answer({ Rollout: answered(sampleRollout()) });
    expect(await seawall("rollout", "status")).toEqual({
      exitCode: 0,
      stdout: `revision 6 → 7   ◌ Progressing   12/40 hosts given it   elapsed 2m11s   max unavailable 4, failure budget 2
WAVE           STATUS          HOSTS   SINCE   INFO
├─ canary      ✔ Done          2/2     60s     -
├─ quarter     ◌ Progressing   8/10    48s     3 more to come
│  ├─ edge-4   ✖ Failed        -       -       RestoreFailed: line 14
│  └─ edge-5   ◌ Moving        -       -       -
└─ all         ◷ Waiting       -       -       -

Progressing: hosts of wave quarter are not all InSync yet, 9m left
`,
      stderr: "",
    });
  });

  test("what was put back is a no, and says what to do", async () => {
    controller.answer({ Rollout: answered(sampleRollout({ ...rolledBack, waves: [] })) });
    const { exitCode, stdout } = await seawall("rollout", "status");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      "Every host went back to revision 6. FailureBudget: edge-4 RestoreFailed\nRevision and fleet differ until it is put right: seawall apply, or seawall rollout undo. Once more: seawall rollout resume\nIf revision 7 changes the Guardrail part of a host, each of these needs the role guardrail-admin.\n",
    );
  });

  test("the gates that it asks stand beside its limits", async () => {
    controller.answer({ Rollout: answered(sampleRollout({ gates: ["NewDrops"] })) });
    const { stdout } = await seawall("rollout", "status");
    expect(stdout).toContain("max unavailable 4, failure budget 2, gate NewDrops\n");
  });

  test("what must be confirmed says until when, and how", async () => {
    const confirmBy = new Date(NOW + 90_000).toISOString();
    controller.answer({ Rollout: answered(sampleRollout({ ...completed, confirmBy })) });
    const { stdout } = await seawall("rollout", "status");
    expect(stdout).toContain("Undone in 90s unless: seawall rollout confirm 7\n");
  });

  test("before the first there is none", async () => {
    const details = "there has been no rollout yet";
    controller.answer({ Rollout: refuse(status.NOT_FOUND, details) });
    expect(await seawall("rollout", "status")).toEqual({
      ...{ exitCode: 1, stdout: "" },
      stderr: `Error (NotFound): ${details}\n`,
    });
  });
});

test("history: newest first, and how each ended", async () => {
  controller.answer({ Rollout: answered(sampleRollout(completed)) });
  expect((await seawall("rollout", "history")).stdout).toBe(
    `REVISION   FROM   STATUS         HOSTS         AGE     WHY
7          6      ✔ Completed    0             2m11s   -
6          5      ✖ RolledBack   2             2h      FailureBudget: edge-1 Reverted: nobody was reachable
5          4      ✔ Completed    all at once   1d      AtOnce
`,
  );
});

describe("what is done to it", () => {
  test.for([
    ["pause", "paused"],
    ["resume", "resumed"],
    ["promote", "promoted"],
    ["abort", "aborted"],
    ["confirm", "confirmed"],
  ])("%s", async ([verb = "", done = ""]) => {
    const requests: unknown[] = [];
    controller.answer({
      ChangeRollout: ({ request }, callback) => {
        requests.push(request);
        callback(null, { document: JSON.stringify(sampleRollout()) });
      },
    });
    expect(await seawall("rollout", verb, "7")).toMatchObject({
      ...{ exitCode: 0, stdout: `rollout/7 ${done}\n` },
    });
    expect(requests).toEqual([{ action: verb, revision: 7 }]);
  });

  test("of another revision than the newest: exit 4", async () => {
    controller.answer({ ChangeRollout: refuse(status.ABORTED, "the newest rollout is of 8") });
    expect((await seawall("rollout", "abort", "7")).exitCode).toBe(4);
  });

  test.for([
    { words: [], asked: { to: 0, dryRun: false, message: "" } },
    { words: ["--to", "5"], asked: { to: 5, dryRun: false, message: "" } },
    { words: ["-m", "too many"], asked: { to: 0, dryRun: false, message: "too many" } },
    { words: ["--dry-run"], asked: { to: 0, dryRun: true, message: "" } },
  ])("undo $words: what the controller is asked", async ({ words, asked }) => {
    const requests: unknown[] = [];
    controller.answer({
      Undo: ({ request }, callback) => {
        requests.push(request);
        callback(null, { revision: 7 });
      },
    });
    await seawall("rollout", "undo", ...words);
    expect(requests).toEqual([asked]);
  });

  test("undo commits, and says what goes out", async () => {
    const object = { kind: "FleetPolicy", name: "web" };
    controller.answer({
      Undo: always({
        ...{ revision: 8, committed: true, inWaves: true },
        changes: [{ object, action: "DELETED" as const }],
      }),
    });
    expect(await seawall("rollout", "undo", "--to", "5")).toEqual({
      exitCode: 0,
      stdout: "fleetpolicy/web deleted\nrevision 8\n",
      stderr: "The rollout of revision 8 has begun: seawall rollout status --watch\n",
    });
  });
});
