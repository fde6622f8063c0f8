import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import type { HostDocument, RolloutDocument } from "@seawall/policy";
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

  describe("--confirm-within says what the record of the rollout says", () => {
    /** How the newest rollout stands, look after look; undefined: there has been none yet. */
    async function confirming(...looks: readonly (RolloutDocument | undefined)[]) {
      const asked: number[] = [];
      let next = 0;
      controller.answer({
        Apply: ({ request }, callback) => {
          asked.push(request.confirmWithinMs);
          callback(null, { changes: [changed], revision: 7, committed: true });
        },
        Rollout: (_call, callback) => {
          const look = looks[next++];
          if (look === undefined) callback({ code: status.NOT_FOUND, details: "none yet" });
          else callback(null, { document: JSON.stringify(look) });
        },
      });
      const ended = await seawall(["apply", "-f", manifest, "--confirm-within", "5m"]);
      expect(asked).toEqual([300_000]);
      expect(ended.stdout).toBe("addressgroup/office configured\nrevision 7\n");
      const hint = "Wait for the fleet: seawall wait hosts --for=InSync\n";
      return { ...ended, stderr: ended.stderr.replace(hint, "") };
    }
    const confirmBy = new Date(NOW + 270_000).toISOString();

    test.for<{ name: string; looks: readonly (RolloutDocument | undefined)[]; says: string }>([
      {
        name: "until when, once it has begun",
        looks: [undefined, sampleRollout({}, 6), sampleRollout({ confirmBy })],
        says: "It is undone at 2026-03-01T12:04:30Z (in 4m30s) unless you run: seawall rollout confirm 7\n",
      },
      {
        name: "a newer revision, which has taken its place",
        looks: [sampleRollout({ confirmBy }, 8)],
        says: "It is undone at 2026-03-01T12:04:30Z (in 4m30s) unless you run: seawall rollout confirm 8\n",
      },
    ])("$name", async ({ looks, says }) => {
      expect(await confirming(...looks)).toMatchObject({ exitCode: 0, stderr: says });
    });

    test("nobody says until when: it is not relied on", async () => {
      let now = NOW;
      controller.answer({
        Apply: (_call, callback) => {
          callback(null, { changes: [changed], revision: 7, committed: true });
        },
        Rollout: (_call, callback) => {
          now += 11_000;
          callback({ code: status.NOT_FOUND, details: "none yet" });
        },
      });
      const ended = await runSeawall(["apply", "-f", manifest, "--confirm-within", "5m"], {
        homeDirectory: controller.homeDirectory,
        now: () => now,
      });
      expect(ended.exitCode).toBe(124);
      expect(ended.stderr).toContain(
        "Error: revision 7 is committed, and until when it has to be confirmed is not known: its rollout has not begun. Ask: seawall rollout status\n",
      );
    });

    test.for<{ name: string; how: Partial<RolloutDocument["status"]>; is: string }>([
      { name: "a controller that does not know of it", how: {}, is: "Progressing" },
      {
        name: "a revision that has been put back already",
        how: { phase: "RolledBack", reason: "FailureBudget", message: "edge-4 RestoreFailed" },
        is: "RolledBack (FailureBudget: edge-4 RestoreFailed)",
      },
    ])("$name is no yes", async ({ how, is }) => {
      expect(await confirming(sampleRollout(how))).toMatchObject({
        exitCode: 1,
        stderr: `Error: revision 7 does not wait to be confirmed; the newest rollout, of revision 7, is ${is}. Look at it: seawall rollout status\n`,
      });
    });
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
