import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Footprint } from "../core/footprint.ts";
import type { Bundle } from "../ports.ts";
import { createLastGood } from "./last-good.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-last-good-"));
  return () => rm(folder, { recursive: true });
});

function bundle(epoch: number, generation: number): Bundle {
  const envelope = Buffer.from(`${epoch}.${generation}\0`);
  return { epoch, generation, revision: 1, desired: { policies: [] }, envelope };
}

test("gives back the bytes, to a new agent too, and nobody else can read them", async () => {
  expect(await createLastGood(folder).read()).toEqual({ kind: "none" });
  expect(await createLastGood(folder).store(bundle(1, 2))).toEqual({ kind: "stored" });
  expect(await createLastGood(folder).read()).toEqual({
    kind: "stored",
    epoch: 1,
    generation: 2,
    envelope: Buffer.from("1.2\0"),
  });
  expect((await stat(join(folder, "last-good.json"))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["last-good.json"]);
});

test.each<[string, Bundle, "stored" | "older", string]>([
  ["an older generation", bundle(2, 4), "older", "2.5\0"],
  ["an older epoch with a higher generation", bundle(1, 9), "older", "2.5\0"],
  ["the same once more", bundle(2, 5), "stored", "2.5\0"],
  ["a newer generation", bundle(2, 6), "stored", "2.6\0"],
  ["a newer epoch with a lower generation", bundle(3, 1), "stored", "3.1\0"],
])("%s", async (_, next, kind, kept) => {
  const lastGood = createLastGood(folder);
  await lastGood.store(bundle(2, 5));
  expect(await lastGood.store(next)).toEqual({ kind });
  const stored = await lastGood.read();
  expect(stored.kind === "stored" && Buffer.from(stored.envelope).toString()).toBe(kept);
});

test.each(["", "{", "[]", '{"epoch":1}', '{"epoch":1,"generation":1,"envelope":"not base64!"}'])(
  "a damaged file %j is said to be so",
  async (content) => {
    await writeFile(join(folder, "last-good.json"), content);
    expect(await createLastGood(folder).read()).toMatchObject({ kind: "unreadable" });
  },
);

test("keeps the footprint", async () => {
  const footprint: Footprint = {
    nft: {
      IPv4: { dockerUser: "found", forwardJump: { kind: "moved", from: 3 } },
      IPv6: { dockerUser: "created", forwardJump: { kind: "created" } },
    },
    legacy: { IPv4: { dockerUser: "found", forwardJump: { kind: "found" } } },
  };
  const lastGood = createLastGood(folder);
  expect(await lastGood.readFootprint()).toEqual({});
  await lastGood.storeFootprint(footprint);
  expect(await lastGood.readFootprint()).toEqual(footprint);
  await writeFile(join(folder, "footprint.json"), "{}x");
  expect(await lastGood.readFootprint()).toBe("damaged");
});
