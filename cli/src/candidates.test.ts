import { describe, expect, test } from "vitest";
import { always, startFakeController } from "./testing/fake-controller.ts";
import { runSeawall } from "./testing/fake-terminal.ts";
import { sampleHost } from "./testing/sample-documents.ts";

const complete = async (words: readonly string[], homeDirectory?: string) => {
  const setting = homeDirectory === undefined ? {} : { homeDirectory };
  const { exitCode, stdout, stderr } = await runSeawall(["__complete", "--", ...words], setting);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.split("\n").filter((word) => word !== "");
};

describe("offline", () => {
  test.each([
    [
      ["token", ""],
      ["create", "list", "revoke"],
    ],
    [
      ["get", ""],
      ["hosts", "policies", "addressgroups", "rolloutstrategies", "revisions", "networks"],
    ],
    [
      ["get", "hosts", "-o", ""],
      ["wide", "json", "yaml", "name"],
    ],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [
      ["validate", "--"],
      ["--filename", "--help"],
    ],
    [["get", "hosts", ""], []],
  ])("%j", async (words, expected) => {
    expect(await complete(words)).toEqual(expected);
  });

  test("verbs, without those that are not for people", async () => {
    const verbs = await complete([""]);
    expect(verbs).toContain("apply");
    expect(verbs).not.toContain("__complete");
  });
});

test("names come from the controller", async () => {
  const controller = await startFakeController();
  try {
    const items = ["edge-1", "edge-2"].map((name) => JSON.stringify(sampleHost(name)));
    controller.answer({ Get: always({ items }) });
    const home = controller.homeDirectory;
    expect(await complete(["describe", "host", ""], home)).toEqual(["edge-1", "edge-2"]);
    expect(await complete(["wait", "host/"], home)).toEqual(["host/edge-1", "host/edge-2"]);
  } finally {
    controller.stop();
  }
});

test.each(["bash", "zsh", "fish"])("a script for %s", async (shell) => {
  const { exitCode, stdout } = await runSeawall(["completion", shell]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("seawall __complete --");
});
