import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyHome } from "./testing/empty-home.ts";
import { always, type FakeController, startFakeController } from "./testing/fake-controller.ts";
import { runSeawall } from "./testing/fake-terminal.ts";
import { NOW } from "./testing/sample-documents.ts";

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

const seawall = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runSeawall(words, { homeDirectory: controller.homeDirectory, env, now: () => NOW });

describe("usage", () => {
  test.each([
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["get"], "missing required argument 'kind'"],
    [["get", "pods"], '"pods" is not one of the kinds hosts, policies'],
    [["get", "hosts", "--frob"], "unknown option '--frob'"],
    [["get", "hosts", "a", "-l", "x=y"], "names or --selector, not both"],
    [["apply"], "required option '-f, --filename <path...>' not specified"],
    [["apply", "-f", "/nowhere.yaml"], "/nowhere.yaml: no such file or directory"],
    [["apply", "-f", "x", "--if-revision", "1.5"], "It must be a whole number, 0 or more."],
    [["apply", "-f", "x", "--prune"], "--prune needs --selector"],
    [["delete"], "name what to delete, or give its manifests with -f"],
    [
      ["delete", "revision", "7"],
      '"revision" is not one of the kinds hosts, policies, addressgroups',
    ],
    [["describe", "host"], "To see all: seawall get hosts"],
    [["label", "host", "a", "b"], '"b" is neither key=value nor key-'],
    [["label", "policy", "a", "b=c"], '"policy" is not one of the kinds hosts'],
    [
      ["set", "host", "a"],
      "nothing to set: give --mode, --option, --address, --no-addresses or --end-quarantine",
    ],
    [["set", "host", "--mode", "Audit"], "name one host"],
    [["set", "policy", "a", "--mode", "Audit"], '"policy" is not one of the kinds hosts'],
    [["set", "host", "a", "--mode", "audit"], "Allowed choices are Enforce, Audit."],
    [
      ["set", "host", "a", "--address", "192.0.2.7", "--no-addresses"],
      "--address or --no-addresses, not both",
    ],
    [["wait", "hosts", "--for=Happy"], "Use InSync, state=STATE or delete."],
    [["wait", "policy", "x", "--for=state=Stale"], "state=… is for hosts"],
    [["token", "create", "--ttl", "5"], "Write it as 90s, 30m, 12h or 7d."],
    [["token", "create", "--ttl", "49711d"], "It must be at most 3650d."],
    [["token", "create", "--uses", "4294967297"], "It must be at most 4294967295."],
  ])("%j: exit 2, nothing on stdout", async (argv, words) => {
    const ended = await seawall(argv);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ended.stderr).toContain(words);
  });

  test("--help and --version are no errors", async () => {
    const help = await seawall(["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("Exit codes:");
    expect((await seawall(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("contexts", () => {
  test("there is none", async () => {
    const home = emptyHome();
    expect(await runSeawall(["get", "hosts"], { homeDirectory: home })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `Error: no context in ${home}/.config/seawall/config.yaml.\nOn the controller, seawall controller init writes one; from elsewhere, copy that file here (0600) or name another one in SEAWALL_CONFIG.\n`,
    });
  });

  test("flag over environment over file", async () => {
    controller.answer({ Get: always({ items: [] }) });
    expect((await seawall(["get", "hosts", "--context", "nope"])).stderr).toContain(
      'no context "nope"',
    );
    expect((await seawall(["--context", "nope", "get", "hosts"])).stderr).toContain(
      'no context "nope"',
    );
    expect((await seawall(["get", "hosts"], { SEAWALL_CONTEXT: "other" })).stderr).toContain(
      'no context "other"',
    );
    const both = ["get", "hosts", "--context", "test"];
    expect((await seawall(both, { SEAWALL_CONTEXT: "other" })).exitCode).toBe(0);
  });

  test("view hides the private key", async () => {
    const { stdout } = await seawall(["config", "view"]);
    expect(stdout).toContain("key: REDACTED");
    expect(stdout).not.toContain("PRIVATE KEY");
  });

  test("use-context names one that is there", async () => {
    expect((await seawall(["config", "use-context", "nope"])).exitCode).toBe(1);
    expect(await seawall(["config", "use-context", "test"])).toMatchObject({
      exitCode: 0,
      stdout: "context test\n",
    });
    expect((await seawall(["config", "get-contexts"])).stdout).toBe(
      `CURRENT   NAME   CONTROLLER\n*         test   ${controller.address}\n`,
    );
  });
});
