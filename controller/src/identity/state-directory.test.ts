import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createControllerIdentity, loadControllerIdentity } from "./controller-identity.ts";
import { StateDirectory } from "./state-directory.ts";

const schema = z.strictObject({ secret: z.string() });
let root: string;
let directory: StateDirectory;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "seawall-state-"));
  directory = new StateDirectory(join(root, "controller"));
  await directory.prepare();
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe("StateDirectory", () => {
  it("writes for the owner only and leaves nothing else behind", async () => {
    expect(await directory.create("a.json", { secret: "s" })).toBe(true);
    await directory.replace("a.json", { secret: "t" });
    expect(await directory.read("a.json", schema)).toEqual({ ok: true, value: { secret: "t" } });
    expect(await modeOf(directory.path)).toBe("700");
    expect(await modeOf(join(directory.path, "a.json"))).toBe("600");
    expect(await readdir(directory.path)).toEqual(["a.json"]);
  });

  it("never overwrites what it creates", async () => {
    await directory.create("a.json", { secret: "first" });
    expect(await directory.create("a.json", { secret: "second" })).toBe(false);
    expect(await directory.read("a.json", schema)).toEqual({
      ok: true,
      value: { secret: "first" },
    });
    expect(await readdir(directory.path)).toEqual(["a.json"]);
  });

  it("says what to do when a file is not there", async () => {
    expect(await directory.read("a.json", schema)).toMatchObject({
      ok: false,
      reason: "Missing",
      message: expect.stringContaining("controller init") as unknown,
    });
  });

  it.each([
    ["the file", "a.json", 0o640],
    ["the file", "a.json", 0o604],
    ["the directory", ".", 0o750],
  ])("refuses when others can read %s", async (_what, name, mode) => {
    await directory.create("a.json", { secret: "s" });
    await chmod(join(directory.path, name), mode);
    expect(await directory.read("a.json", schema)).toMatchObject({ ok: false, reason: "Exposed" });
  });

  it("does not follow a link", async () => {
    await writeFile(join(root, "elsewhere"), '{"secret":"s"}', { mode: 0o600 });
    await symlink(join(root, "elsewhere"), join(directory.path, "a.json"));
    expect(await directory.read("a.json", schema)).toMatchObject({ ok: false, reason: "Exposed" });
  });

  it.each([
    ["no JSON", "{"],
    ["an unknown field", '{"secret":"hunter2","more":1}'],
    ["the wrong type", '{"secret":7}'],
  ])("names the file when it holds %s, and no secret", async (_what, text) => {
    await writeFile(join(directory.path, "a.json"), text, { mode: 0o600 });
    const read = await directory.read("a.json", schema);
    expect(read).toMatchObject({
      ok: false,
      reason: "Malformed",
      message: expect.stringContaining("a.json") as unknown,
    });
    expect(JSON.stringify(read)).not.toContain("hunter2");
  });
});

describe("the controller's identity", () => {
  it("is made once and read back", async () => {
    const now = new Date();
    expect(await createControllerIdentity(directory, now)).toBe(true);
    const first = await loadControllerIdentity(directory);
    expect(await createControllerIdentity(directory, now)).toBe(false);
    const second = await loadControllerIdentity(directory);
    if (!first.ok || !second.ok) throw new Error("cannot be read back");
    expect(second.value.authority.fingerprint).toBe(first.value.authority.fingerprint);
    expect(second.value.signingKey.keyId).toBe(first.value.signingKey.keyId);
  });
});
