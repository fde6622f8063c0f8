import { status } from "@grpc/grpc-js";
import type { HostDocument } from "@seawall/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  always,
  type FakeController,
  refuse,
  startFakeController,
} from "./testing/fake-controller.ts";
import { runSeawall } from "./testing/fake-terminal.ts";
import { sampleHost, samplePolicy } from "./testing/sample-documents.ts";

let controller: FakeController;
beforeAll(async () => {
  controller = await startFakeController();
});
afterAll(() => {
  controller.stop();
});

const wait = (...words: readonly string[]) =>
  runSeawall(["wait", ...words], { homeDirectory: controller.homeDirectory });

/** The answers to Get of hosts, one after the other; the last one stays. */
function hostsInTurn(...looks: readonly (readonly HostDocument[])[]) {
  let at = 0;
  controller.answer({
    Get: ({ request }, callback) => {
      if (request.kind === "FleetPolicy") {
        callback(null, { items: [JSON.stringify(samplePolicy)] });
        return;
      }
      const hosts = looks[Math.min(at, looks.length - 1)] ?? [];
      at += 1;
      callback(null, { items: hosts.map((host) => JSON.stringify(host)) });
    },
  });
}

const older = { state: "InSync", generation: 119, observedGeneration: 118 } as const;
const failedBefore = { state: "Failed", reason: "RestoreFailed", reportAgeMs: 9_000 } as const;
const failedNow = { state: "Failed", reason: "RestoreFailed", reportAgeMs: 0 } as const;

describe("hosts", () => {
  test("InSync at an older generation is not enough", async () => {
    hostsInTurn([sampleHost("a", older)], [sampleHost("a")]);
    expect(await wait("hosts")).toEqual({
      exitCode: 0,
      stdout: "host/a InSync\n",
      stderr: "host/a InSync at generation 118 of 119\nhost/a InSync at generation 118\n",
    });
  });

  test("a quarantine ends the wait, though the host reports no more: somebody has to decide", async () => {
    hostsInTurn([
      sampleHost("a", { state: "Quarantined", reason: "DuplicateIdentity", reportAgeMs: -1 }),
    ]);
    const ended = await wait("hosts");
    expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ended.stderr).toContain("host/a Quarantined at generation 118 (DuplicateIdentity)");
  });

  test("all of them have to be there", async () => {
    hostsInTurn([sampleHost("a"), sampleHost("b", { state: "Applying" })]);
    const ended = await wait("hosts", "--timeout=1s");
    expect(ended).toMatchObject({ exitCode: 124, stdout: "" });
    expect(ended.stderr).toContain("Error: not there after 1s:\n  host/a InSync at generation 118");
  });

  test("a failure reported since the wait began ends it at once", async () => {
    hostsInTurn([sampleHost("a", { state: "Applying" })], [sampleHost("a", failedNow)]);
    const ended = await wait("host/a", "--for=condition=InSync");
    expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ended.stderr).toContain("host/a Failed at generation 118 (RestoreFailed)");
  });

  test("a failure from before may be what the last apply has put right", async () => {
    hostsInTurn([sampleHost("a", failedBefore)], [sampleHost("a")]);
    expect(await wait("host", "a")).toMatchObject({ exitCode: 0 });
  });

  test("a failure of an older bundle may be what the newest puts right", async () => {
    const failedOlder = sampleHost("a", { ...older, ...failedNow });
    hostsInTurn([sampleHost("a", older)], [failedOlder], [sampleHost("a")]);
    expect(await wait("host", "a")).toMatchObject({ exitCode: 0 });
  });

  test("a failure by a bundle that is about to be replaced may be what the next one puts right", async () => {
    const bundlePending = sampleHost("a", { ...failedNow, bundlePending: true });
    hostsInTurn([sampleHost("a", failedBefore)], [bundlePending], [sampleHost("a")]);
    expect(await wait("host", "a")).toMatchObject({ exitCode: 0 });
  });

  test("no host is not success", async () => {
    hostsInTurn([]);
    expect(await wait("hosts", "-l", "env=none")).toMatchObject({ exitCode: 1, stdout: "" });
  });

  test("any state can be waited for", async () => {
    hostsInTurn([sampleHost("a")], [sampleHost("a", { state: "Stale" })]);
    expect(await wait("host/a", "--for=state=Stale")).toMatchObject({
      exitCode: 0,
      stdout: "host/a Stale\n",
    });
  });

  test("a controller that goes away meanwhile is waited for", async () => {
    let calls = 0;
    controller.answer({
      Get: (_call, callback) => {
        calls += 1;
        if (calls === 2) callback({ code: status.UNAVAILABLE, details: "restarting" });
        else {
          const host = sampleHost("a", calls < 3 ? { state: "Applying" } : {});
          callback(null, { items: [JSON.stringify(host)] });
        }
      },
    });
    const ended = await wait("host/a");
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(ended.stderr).toContain("The controller is not reachable; trying again.\n");
  });

  test("one that was never there is not", async () => {
    controller.answer({ Get: refuse(status.UNAVAILABLE, "restarting") });
    expect((await wait("host/a")).exitCode).toBe(3);
  });
});

describe("policies", () => {
  test("every selected host is in sync and reports the policy", async () => {
    hostsInTurn([sampleHost("a", { policies: [] })], [sampleHost("a")]);
    expect(await wait("policy/protect-mysql")).toMatchObject({
      exitCode: 0,
      stdout: "host/a InSync\n",
    });
  });

  test("a policy that selects no host is enforced by none", async () => {
    hostsInTurn([]);
    const ended = await wait("policy", "protect-mysql");
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toBe(
      "fleetpolicy/protect-mysql selects no host, so no host enforces it\n",
    );
  });
});

describe("delete", () => {
  test("gone already", async () => {
    controller.answer({ Get: refuse(status.NOT_FOUND, "no") });
    expect(await wait("policy/x", "--for=delete")).toMatchObject({
      exitCode: 0,
      stdout: "fleetpolicy/x deleted\n",
    });
  });

  test("still there", async () => {
    controller.answer({ Get: always({ items: [JSON.stringify(samplePolicy)] }) });
    expect((await wait("policy/x", "--for=delete", "--timeout=1s")).exitCode).toBe(124);
  });
});

test("Ctrl-C while pausing: exit 130, and what goes on is said", async () => {
  const interruption = new AbortController();
  hostsInTurn([sampleHost("a", { state: "Applying" })]);
  setTimeout(() => {
    interruption.abort();
  }, 300);
  const ended = await runSeawall(["wait", "hosts"], {
    homeDirectory: controller.homeDirectory,
    interrupted: interruption.signal,
  });
  expect(ended.exitCode).toBe(130);
  expect(ended.stderr).toMatch(/Interrupted\./);
});
