import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW, sampleHost } from "../testing/sample-documents.ts";

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

const seawall = (words: readonly string[]) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, now: () => NOW });

describe("get", () => {
  test("a table on stdout, the summary on stderr", async () => {
    const hosts = [
      sampleHost("edge-1"),
      sampleHost("edge-2", { state: "Stale", reason: "ReportTooOld", reportAgeMs: 1_020_000 }),
    ];
    controller.answer({ Get: always({ items: hosts.map((host) => JSON.stringify(host)) }) });
    expect(await seawall(["get", "hosts"])).toEqual({
      exitCode: 0,
      stdout:
        "NAME     STATUS   POLICIES   GEN   DRIFT   DOCKER   BACKEND        LAST SEEN   AGE\n" +
        "edge-1   InSync   1          118   -       28.5.1   iptables-nft   3s          3d4h\n" +
        "edge-2   Stale    1          118   -       28.5.1   iptables-nft   17m         3d4h\n",
      stderr: "2 hosts: 1 in sync, 1 stale\n",
    });
    expect((await seawall(["get", "hosts", "-o", "name"])).stdout).toBe(
      "host/edge-1\nhost/edge-2\n",
    );
    expect((await seawall(["get", "ho", "--no-headers"])).stdout).not.toContain("NAME");
    const { stdout } = await seawall(["get", "hosts", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: "seawall/v1",
      kind: "HostList",
      items: hosts,
    });
  });

  test("one named object is itself, not a list", async () => {
    const host = sampleHost("edge-1");
    controller.answer({ Get: always({ items: [JSON.stringify(host)] }) });
    const { stdout } = await seawall(["get", "host/edge-1", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual(host);
  });

  test("nothing found is said on stderr and is no error", async () => {
    controller.answer({ Get: always({ items: [] }) });
    expect(await seawall(["get", "hosts"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "No resources found.\n",
    });
  });

  test("an answer of another version is refused, not half shown", async () => {
    controller.answer({ Get: always({ items: ['{"apiVersion":"seawall/v9"}'] }) });
    const ended = await seawall(["get", "hosts"]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain("the controller's answer is not understood (apiVersion:");
  });
});
