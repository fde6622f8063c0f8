import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { forgetState } from "./forget-state.ts";
import { createLastGood } from "./last-good.ts";

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "seawall-forget-"));
  folder = join(parent, "agent");
  await mkdir(folder);
  return () => rm(parent, { recursive: true });
});

const written = [
  "identity.json",
  "joining.json",
  "last-good.json",
  "taken-back.json",
  "footprint.json",
  "openings.json",
  "applied-cuts.json",
  "announcements.json",
  "rules-record.json",
];

async function write(names: readonly string[]): Promise<void> {
  for (const name of names) await writeFile(join(folder, name), "{}");
}

const forget = () => forgetState(folder, createLastGood(folder));

describe("a host that leaves", () => {
  it("forgets all that the agent has written, also half-written, and its directory", async () => {
    await write([...written, ...written.map((name) => `${name}.new`), "rules-writing"]);
    await forget();
    expect(await readdir(parent)).toEqual([]);
  });

  it("leaves alone what others keep in the same directory", async () => {
    await write([...written, "not-ours.db"]);
    await mkdir(join(folder, "docker"));
    await forget();
    expect((await readdir(folder)).sort()).toEqual(["docker", "not-ours.db"]);
  });

  it("has nothing to forget the second time", async () => {
    await forget();
    await forget();
    expect(await readdir(parent)).toEqual([]);
  });
});
