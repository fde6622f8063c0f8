import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyHome } from "../testing/empty-home.ts";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW, sampleHost } from "../testing/sample-documents.ts";

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

describe("delete, label, set, token", () => {
  test("a host: every name is looked up before the first one is deleted", async () => {
    const deleted: string[] = [];
    controller.answer({
      Get: ({ request }, callback) => {
        if (request.name === "gone")
          callback({ code: status.NOT_FOUND, details: 'Host "gone" not found' });
        else callback(null, { items: [JSON.stringify(sampleHost(request.name))] });
      },
      DeleteHost: ({ request }, callback) => {
        deleted.push(request.host);
        callback(null, {});
      },
    });
    const slip = await seawall(["delete", "host", "edge-1", "gone"]);
    expect(slip).toMatchObject({ exitCode: 1, stdout: "" });
    expect(deleted).toEqual([]);
    const ended = await seawall(["delete", "host", "edge-1"]);
    expect(deleted).toEqual(["edge-1"]);
    expect(ended.stdout).toBe("host/edge-1 deleted\n");
    expect(ended.stderr).toContain("Revoked: the certificate and NATS credentials of edge-1");
  });

  test("several hosts: one that is not revoked everywhere yet keeps nobody from cutting off the others", async () => {
    const asked: string[] = [];
    controller.answer({
      Get: ({ request }, callback) => {
        callback(null, { items: [JSON.stringify(sampleHost(request.name))] });
      },
      DeleteHost: ({ request }, callback) => {
        asked.push(request.host);
        if (request.host === "edge-2") callback(null, {});
        else
          callback({ code: status.UNAVAILABLE, details: `host ${request.host} is deleted, but` });
      },
    });
    const ended = await seawall(["delete", "host", "edge-1", "edge-2"]);
    expect(asked).toEqual(["edge-1", "edge-2"]);
    expect(ended).toMatchObject({ exitCode: 3, stdout: "host/edge-2 deleted\n" });
    expect(ended.stderr).toContain("host/edge-1: not done, or not all of it.\n");
    expect(ended.stderr).toContain("host edge-1 is deleted, but");
    expect(ended.stderr).not.toContain("Revoked:");
  });

  test("a host alone is not looked up: one that is deleted and not revoked everywhere yet can be deleted again", async () => {
    let isInForce = false;
    controller.answer({
      Get: (_call, callback) => {
        callback({ code: status.NOT_FOUND, details: 'Host "edge-1" not found' });
      },
      DeleteHost: (_call, callback) => {
        if (isInForce) callback(null, {});
        else callback({ code: status.UNAVAILABLE, details: "host edge-1 is deleted, but" });
      },
    });
    const first = await seawall(["delete", "host", "edge-1"]);
    expect(first).toMatchObject({ exitCode: 3, stdout: "" });
    expect(first.stderr).toContain("host edge-1 is deleted, but");
    isInForce = true;
    const again = await seawall(["delete", "host", "edge-1"]);
    expect(again).toMatchObject({ exitCode: 0, stdout: "host/edge-1 deleted\n" });
    expect((await seawall(["delete", "host", "edge-1", "--dry-run"])).exitCode).toBe(1);
  });

  test("by manifests", async () => {
    const requests: unknown[] = [];
    controller.answer({
      Delete: ({ request }, callback) => {
        requests.push(request);
        const changes = [
          { object: { kind: "AddressGroup", name: "office" }, action: "DELETED" as const },
        ];
        callback(null, { changes, revision: 8, committed: true });
      },
    });
    const remove = (...more: readonly string[]) => seawall(["delete", "-f", manifest, ...more]);
    expect((await remove()).stdout).toBe("addressgroup/office deleted\nrevision 8\n");
    await remove("-m", "moved out", "--if-revision", "7");
    const objects = [{ kind: "AddressGroup", name: "office" }];
    expect(requests).toEqual([
      { objects, dryRun: false, message: "" },
      {
        ...{ objects, dryRun: false, message: "moved out" },
        ...{ ifRevision: 7, _ifRevision: "ifRevision" },
      },
    ]);
  });

  test("label", async () => {
    const requests: unknown[] = [];
    controller.answer({
      LabelHost: ({ request }, callback) => {
        requests.push(request);
        callback(null, { items: [] });
      },
    });
    expect((await seawall(["label", "host", "edge-1", "role=db", "old-"])).stdout).toBe(
      "host/edge-1 labeled\n",
    );
    expect(requests).toEqual([
      { host: "edge-1", set: { role: "db" }, remove: ["old"], overwrite: false },
    ]);
  });

  test.for([
    {
      words: ["host", "edge-1", "--mode", "Audit"],
      request: { host: "edge-1", mode: "Audit", setAddresses: false, addresses: [] },
      says: "host/edge-1 mode set\n",
    },
    {
      words: ["host/edge-1", "--address", "192.0.2.7", "--address", "2001:db8::7"],
      request: {
        ...{ host: "edge-1", mode: "", setAddresses: true },
        addresses: ["192.0.2.7", "2001:db8::7"],
      },
      says: "host/edge-1 addresses set\n",
    },
    {
      words: ["host", "edge-1", "--mode", "Enforce", "--no-addresses"],
      request: { host: "edge-1", mode: "Enforce", setAddresses: true, addresses: [] },
      says: "host/edge-1 mode and addresses set\n",
    },
    {
      words: ["host", "edge-1", "--option", "forwardGuard=Off"],
      request: {
        ...{ host: "edge-1", mode: "", setAddresses: false, addresses: [] },
        options: { forwardGuard: "Off" },
      },
      says: "host/edge-1 forwardGuard set\n",
    },
    {
      words: ["host", "edge-1", "--end-quarantine"],
      request: {
        ...{ host: "edge-1", mode: "", setAddresses: false, addresses: [] },
        endQuarantine: true,
      },
      says: "host/edge-1 is not quarantined\n",
    },
  ])("set $words", async ({ words, request: expected, says }) => {
    const requests: unknown[] = [];
    controller.answer({
      SetHost: ({ request }, callback) => {
        requests.push(request);
        callback(null, { items: [] });
      },
    });
    expect((await seawall(["set", ...words])).stdout).toBe(says);
    expect(requests).toEqual([{ options: {}, endQuarantine: false, ...expected }]);
  });

  test("a token for hosts in Audit says so", async () => {
    const modes: string[] = [];
    controller.answer({
      CreateToken: ({ request }, callback) => {
        modes.push(request.mode);
        callback(null, { token: "SW1.a.b.c", expiresMs: NOW, joinAddress: "ctl:7444" });
      },
    });
    const { stderr } = await seawall(["token", "create", "--mode", "Audit"]);
    await seawall(["token", "create"]);
    expect(modes).toEqual(["Audit", "Enforce"]);
    expect(stderr).toContain("\nMode: Audit, nothing is dropped\n");
  });

  test("the token stands alone on stdout", async () => {
    controller.answer({
      CreateToken: always({
        token: "SW1.a.b.c",
        expiresMs: NOW + 600_000,
        joinAddress: "ctl.example.com:7444",
      }),
    });
    const ended = await seawall([
      "token",
      "create",
      "--ttl=10m",
      "--host=edge-1",
      "--label",
      "env=prod",
    ]);
    expect(ended).toEqual({
      exitCode: 0,
      stdout: "SW1.a.b.c\n",
      stderr:
        "Good for 1 host, until 2026-03-01T12:10:00Z (10m).\nHost: edge-1\nLabels: env=prod\n" +
        "On the host, with the token in a file that only root can read, or - to type it:\n" +
        "  sudo seawall agent join --controller ctl.example.com:7444 --token-file FILE\n",
    });
  });
});
