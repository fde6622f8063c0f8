import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostDocument } from "@seawall/policy";
import type { ApplyRequest__Output } from "@seawall/proto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyHome } from "../testing/empty-home.ts";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW, sampleHost } from "../testing/sample-documents.ts";
import { sampleRollout } from "../testing/sample-rollout.ts";

let controller: FakeController;
let manifest: string;

beforeAll(async () => {
  controller = await startFakeController();
  manifest = join(emptyHome(), "group.yaml");
  writeFileSync(
    manifest,
    "apiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: office}\nspec: {cidrs: [198.51.100.0/24]}\n",
  );
});
afterAll(() => {
  controller.stop();
});
beforeEach(() => {
  controller.answer({});
});

const seawall = (words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

describe("apply", () => {
  const changed = {
    object: { kind: "AddressGroup", name: "office" },
    action: "CONFIGURED" as const,
    fields: [{ path: "spec.cidrs[0]", before: '"10.0.0.0/8"', after: '"198.51.100.0/24"' }],
  };

  test("one line per object, then the revision", async () => {
    controller.answer({ Apply: always({ changes: [changed], revision: 7, committed: true }) });
    expect(await seawall(["apply", "-f", manifest])).toEqual({
      exitCode: 0,
      stdout: "addressgroup/office configured\nrevision 7\n",
      stderr: "Wait for the fleet: seawall wait hosts --for=InSync\n",
    });
  });

  test.for([
    { words: [], asked: { message: "", dryRun: false } },
    { words: ["-m", "close redis"], asked: { message: "close redis" } },
    { words: ["--if-revision", "6"], asked: { ifRevision: 6 } },
    { words: ["--if-revision", "0"], asked: { ifRevision: 0 } },
    { words: ["--dry-run"], asked: { dryRun: true } },
  ])("what the controller is asked: $words", async ({ words, asked }) => {
    const requests: ApplyRequest__Output[] = [];
    controller.answer({
      Apply: ({ request }, callback) => {
        requests.push(request);
        callback(null, { changes: [changed], revision: 7, committed: true });
      },
    });
    await seawall(["apply", "-f", manifest, ...words]);
    expect(requests).toMatchObject([asked]);
    // Absent on the wire, not 0: that is the fleet before its first revision.
    expect(requests.map((request) => request.ifRevision)).toEqual([asked.ifRevision]);
  });

  const hosts = (host: HostDocument) => always({ items: [JSON.stringify(host)] });

  test("--wait: until every host is in sync", async () => {
    const taken = always({ changes: [changed], revision: 7, committed: true });
    controller.answer({ Apply: taken, Get: hosts(sampleHost("a")) });
    expect(await seawall(["apply", "-f", manifest, "--wait"])).toEqual({
      exitCode: 0,
      stdout: "addressgroup/office configured\nrevision 7\n",
      stderr: "host/a InSync at generation 118\n",
    });
  });

  test("--wait: 1 when a host fails, 124 when time is up, and the revision is there", async () => {
    const taken = always({ changes: [changed], revision: 7, committed: true });
    const failed = sampleHost("a", { state: "Failed", reason: "RestoreFailed", reportAgeMs: 0 });
    controller.answer({ Apply: taken, Get: hosts(failed) });
    const stdout = "addressgroup/office configured\nrevision 7\n";
    // By a clock that goes on.
    const apply = (...more: readonly string[]) =>
      runSeawall(["apply", "-f", manifest, "--wait", ...more], controller);
    expect(await apply()).toMatchObject({ exitCode: 1, stdout });
    controller.answer({ Apply: taken, Get: hosts(sampleHost("a", { state: "Applying" })) });
    expect(await apply("--timeout=1s")).toMatchObject({ exitCode: 124, stdout });
  });

  test("--wait: in waves, until the rollout of this revision is over", async () => {
    const taken = always({ changes: [changed], revision: 7, committed: true, inWaves: true });
    const rollouts = [
      sampleRollout({ phase: "Completed", waves: [] }, 6),
      sampleRollout({ phase: "RolledBack", reason: "Aborted", message: "by admin", waves: [] }),
    ];
    controller.answer({
      Apply: taken,
      Rollout: (_call, callback) => {
        const rollout = rollouts.length > 1 ? rollouts.shift() : rollouts[0];
        callback(null, { document: JSON.stringify(rollout) });
      },
    });
    const ended = await seawall(["apply", "-f", manifest, "--wait"]);
    expect(ended).toMatchObject({
      exitCode: 1,
      stdout: "addressgroup/office configured\nrevision 7\n",
    });
    expect(ended.stderr).toContain('revision=7 RolledBack Aborted "by admin"\n');
  });

  test("--confirm-within: what undoes it, and what keeps it", async () => {
    const asked: number[] = [];
    controller.answer({
      Apply: ({ request }, callback) => {
        asked.push(request.confirmWithinMs);
        callback(null, { changes: [changed], revision: 7, committed: true });
      },
    });
    const { stderr } = await seawall(["apply", "-f", manifest, "--confirm-within", "5m"]);
    expect(stderr).toContain("It is undone in 5m unless you run: seawall rollout confirm 7\n");
    expect(asked).toEqual([300_000]);
  });

  test("--wait has nothing to wait for after a refusal and a dry run", async () => {
    const issues = [{ severity: "ERROR" as const, message: "no" }];
    controller.answer({ Apply: always({ issues }) });
    expect((await seawall(["apply", "-f", manifest, "--wait"])).exitCode).toBe(2);
    controller.answer({ Apply: always({ changes: [changed], revision: 6 }) });
    expect((await seawall(["apply", "-f", manifest, "--wait", "--dry-run"])).exitCode).toBe(0);
  });

  test("a dry run says so", async () => {
    controller.answer({
      Apply: (call, callback) => {
        callback(null, { changes: [changed], revision: call.request.dryRun ? 6 : 7 });
      },
    });
    expect(await seawall(["apply", "-f", manifest, "--dry-run"])).toEqual({
      exitCode: 0,
      stdout: "addressgroup/office configured (dry run)\n",
      stderr: "",
    });
  });

  test("issues: each with its place, exit 2, nothing on stdout", async () => {
    const place = { file: "web.yaml", line: 11, column: 13 };
    controller.answer({
      Apply: always({
        revision: 6,
        issues: [
          { severity: "ERROR" as const, ...place, path: "spec.rules[0]", message: "is wrong" },
          { severity: "WARNING" as const, ...place, path: "", message: "is odd" },
        ],
      }),
    });
    const refused = {
      exitCode: 2,
      stdout: "",
      stderr:
        "web.yaml:11:13 spec.rules[0]: is wrong\nweb.yaml:11:13: warning: is odd\n" +
        "Error: 1 error, 1 warning; nothing was stored.\n",
    };
    expect(await seawall(["apply", "-f", manifest])).toEqual(refused);
  });

  test("prune deletes exactly what it announced", async () => {
    const requests: unknown[] = [];
    controller.answer({
      Apply: ({ request }, callback) => {
        requests.push(request.ifRevision);
        const changes = [
          { object: { kind: "FleetPolicy", name: "old" }, action: "DELETED" as const },
        ];
        callback(null, { changes, revision: request.dryRun ? 6 : 7, committed: !request.dryRun });
      },
    });
    const ended = await seawall(["apply", "-f", manifest, "--prune", "-l", "team=shop"]);
    expect(requests).toEqual([undefined, 6]);
    expect(ended.stdout).toBe("fleetpolicy/old deleted\nrevision 7\n");
    expect(ended.stderr).toContain("--prune deletes 1 object:\n  fleetpolicy/old\n");
  });
});
