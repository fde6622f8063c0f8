import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { always, type FakeController, startFakeController } from "../testing/fake-controller.ts";
import { runSeawall } from "../testing/fake-terminal.ts";
import { NOW } from "../testing/sample-documents.ts";

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

describe("compliance", () => {
  const host = (name: string, verdict: "PASS" | "FAIL" | "UNKNOWN") => ({
    host: name,
    verdict,
    reason: verdict === "PASS" ? "InSync" : "ReportTooOld",
    message: "",
    desiredGeneration: 5,
    observedGeneration: 5,
    rulesetDigest: "sha256:8c1f",
    reportAgeMs: 2_000,
  });

  test.each([
    [[], true, 1],
    [[host("a", "PASS")], true, 0],
    [[host("a", "PASS")], false, 1],
    [[host("a", "PASS"), host("b", "FAIL")], true, 1],
    [[host("a", "PASS"), host("b", "UNKNOWN")], true, 1],
  ])("hosts %j, controller says %s: exit %i", async (hosts, compliant, exitCode) => {
    controller.answer({ Compliance: always({ compliant, hosts }) });
    expect((await seawall(["compliance"])).exitCode).toBe(exitCode);
    const { stdout } = await seawall(["compliance", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ compliant: exitCode === 0, hosts });
  });

  test("a line per host", async () => {
    const hosts = [host("a", "PASS"), host("b", "UNKNOWN")];
    controller.answer({ Compliance: always({ compliant: false, hosts }) });
    expect(await seawall(["compliance"])).toEqual({
      exitCode: 1,
      stdout:
        "HOST   VERDICT   GEN   REPORTED   RULES         REASON         MESSAGE\n" +
        "a      PASS      5     2s ago     sha256:8c1f   InSync         -\n" +
        "b      UNKNOWN   5     2s ago     sha256:8c1f   ReportTooOld   -\n",
      stderr: "Not compliant: of 2 hosts 1 pass, 0 fail, 1 unknown.\n",
    });
  });
});

describe("version", () => {
  test("of both", async () => {
    controller.answer({
      Version: always({ version: "0.1.3", natsServer: "2.11.4", node: "24.1.0" }),
    });
    const ended = await seawall(["version"]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ended.stdout).toMatch(
      /^Client: 0\.1\.\d+ \(Node [\d.]+\)\nServer: 0\.1\.3 \(Node 24\.1\.0, nats-server 2\.11\.4\)\n$/,
    );
  });

  test("the client's own is printed even when the controller is away", async () => {
    const ended = await seawall(["version", "--controller", "127.0.0.1:1"]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stdout).toMatch(/^Client: /);
    expect((await seawall(["version", "--client"])).exitCode).toBe(0);
  });
});
