import { copyFile, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Footprint } from "../core/footprint.ts";
import type { Standing } from "../core/standing.ts";
import type { BundleRecord } from "../ports.ts";
import { createLastGood } from "./last-good.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-last-good-"));
  return () => rm(folder, { recursive: true });
});

function sealed(epoch: number, generation: number) {
  return { epoch, generation, envelope: Buffer.from(`${epoch}.${generation}\0`) };
}

function record(epoch: number, generation: number): BundleRecord {
  return { newest: sealed(epoch, generation), standing: { kind: "confirmed" } };
}

test("gives back the bytes, to a new agent too, and nobody else can read them", async () => {
  expect(await createLastGood(folder).read()).toEqual({ kind: "none" });
  expect(await createLastGood(folder).store(record(1, 2))).toEqual({ kind: "stored" });
  expect(await createLastGood(folder).read()).toEqual({ kind: "stored", record: record(1, 2) });
  expect((await stat(join(folder, "last-good.json"))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["last-good.json"]);
});

test.each<[string, BundleRecord, "stored" | "older", string]>([
  ["an older generation", record(2, 4), "older", "2.5\0"],
  ["an older epoch with a higher generation", record(1, 9), "older", "2.5\0"],
  ["the same once more", record(2, 5), "stored", "2.5\0"],
  ["a newer generation", record(2, 6), "stored", "2.6\0"],
  ["a newer epoch with a lower generation", record(3, 1), "stored", "3.1\0"],
])("%s", async (_, next, kind, kept) => {
  const lastGood = createLastGood(folder);
  await lastGood.store(record(2, 5));
  expect(await lastGood.store(next)).toEqual({ kind });
  const stored = await lastGood.read();
  expect(stored.kind === "stored" && Buffer.from(stored.record.newest.envelope).toString()).toBe(
    kept,
  );
});

const why = { kind: "unreachable", reason: "NobodyReachable", message: "no answer" } as const;

test.each<Standing>([
  { kind: "confirmed" },
  { kind: "trial", since: { boot: "a", ms: 7 } },
  { kind: "unconfirmed" },
  { kind: "reverted", why, atMs: 5, helped: true },
  { kind: "postponed", why, atMs: 5 },
  { kind: "trial", since: { boot: "a", ms: 7 }, blamed: why },
  { kind: "reverted", why, atMs: 5, helped: true, blamed: why },
  { kind: "postponed", why, atMs: 5, blamed: why },
])("keeps how the newest stands, and the one before it: $kind", async (standing) => {
  const kept: BundleRecord = { newest: sealed(2, 5), standing, confirmed: sealed(2, 4) };
  await createLastGood(folder).store(record(2, 5));
  await createLastGood(folder).store(kept);
  expect(await createLastGood(folder).read()).toEqual({ kind: "stored", record: kept });
});

test("takes a bundle from before bundles were confirmed for a confirmed one", async () => {
  const content = { epoch: 1, generation: 2, envelope: Buffer.from("1.2\0").toString("base64") };
  await writeFile(join(folder, "last-good.json"), JSON.stringify(content));
  expect(await createLastGood(folder).read()).toEqual({ kind: "stored", record: record(1, 2) });
});

test.each([
  "",
  "{",
  "[]",
  '{"epoch":1}',
  '{"epoch":1,"generation":1,"envelope":"not base64!"}',
  '{"epoch":1,"generation":1,"envelope":"","standing":{"kind":"splendid"}}',
])("a damaged file %j is said to be so", async (content) => {
  await writeFile(join(folder, "last-good.json"), content);
  expect(await createLastGood(folder).read()).toMatchObject({ kind: "unreadable" });
});

test.each<[string, Standing, Standing, object]>([
  [
    "one that was taken back",
    { kind: "confirmed" },
    { kind: "postponed", why, atMs: 5 },
    { takenBack: { epoch: 2, generation: 5 } },
  ],
  ["one that is tried again", { kind: "postponed", why, atMs: 5 }, { kind: "confirmed" }, {}],
])("knows of a damaged file: %s", async (_, first, last, known) => {
  const lastGood = createLastGood(folder);
  for (const standing of [first, last]) await lastGood.store({ newest: sealed(2, 5), standing });
  await writeFile(join(folder, "last-good.json"), "{");
  expect(await createLastGood(folder).read()).toEqual({
    kind: "unreadable",
    message: expect.stringContaining("is damaged") as string,
    ...known,
  });
});

const takenBack: Standing = { kind: "postponed", why, atMs: 5 };
const trial: Standing = { kind: "trial", since: { boot: "a", ms: 7 } };

interface FullDisk {
  readonly name: string;
  readonly before: BundleRecord;
  readonly takenBackFile?: string;
  readonly standing: Standing;
}

test.for<FullDisk>([
  {
    name: "one that is taken back is so, whatever the record of it still says",
    before: { newest: sealed(2, 5), standing: trial, confirmed: sealed(2, 4) },
    standing: takenBack,
  },
  {
    name: "one that an agent of before took back, without saying why",
    before: { newest: sealed(2, 5), standing: trial, confirmed: sealed(2, 4) },
    takenBackFile: '{"epoch":2,"generation":5}',
    standing: {
      kind: "reverted",
      why: {
        kind: "unreachable",
        reason: "NobodyReachable",
        message:
          "the disk was full when this bundle was taken back; what could not be reached then is not recorded",
      },
      ...{ atMs: 0, helped: false },
    },
  },
  {
    name: "a newer one than that is not",
    before: { newest: sealed(2, 6), standing: trial, confirmed: sealed(2, 4) },
    standing: trial,
  },
])("on a disk that is full for bundles: $name", async ({ before, takenBackFile, standing }) => {
  await createLastGood(folder).store({ newest: sealed(2, 5), standing: takenBack });
  if (takenBackFile !== undefined) await writeFile(join(folder, "taken-back.json"), takenBackFile);
  const elsewhere = await mkdtemp(join(tmpdir(), "seawall-last-good-"));
  onTestFinished(() => rm(elsewhere, { recursive: true }));
  await createLastGood(elsewhere).store(before);
  await copyFile(join(elsewhere, "last-good.json"), join(folder, "last-good.json"));
  expect(await createLastGood(folder).read()).toEqual({
    kind: "stored",
    record: { ...before, standing },
  });
});

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

test("a newer one that somebody else has stored meanwhile is not replaced", async () => {
  const [one, other] = [createLastGood(folder), createLastGood(folder)];
  expect(await one.store(record(1, 6))).toEqual({ kind: "stored" });
  expect(await other.store(record(1, 7))).toEqual({ kind: "stored" });
  expect(await one.store(record(1, 6))).toEqual({ kind: "older" });
  expect(await createLastGood(folder).read()).toEqual({ kind: "stored", record: record(1, 7) });
});
