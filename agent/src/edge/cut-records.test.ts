import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { view } from "../core/testing/live-host.ts";
import { createCutRecords } from "./cut-records.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-cuts-"));
  return () => rm(folder, { recursive: true });
});

const cuts = {
  ...{ epoch: 1, revision: 7, cut: 3, unannounced: 1, announced: true },
  first: [
    {
      connection: {
        ...{ protocol: "TCP", source: "203.0.113.9", destination: "192.0.2.11", port: 8080 },
        ...{ answerer: "172.18.0.2", answeringPort: 80 },
      },
      ...{ policy: "shop", rule: "default" },
    },
  ],
};
const announcement = (revision: number) => ({ revision, before: "b", after: "a", view });

test("what was stored is read again, by whoever starts next", async () => {
  const records = createCutRecords(folder);
  expect([await records.read(), await records.announcements()]).toEqual([undefined, []]);
  await records.store(cuts);
  await records.announce(announcement(1));
  const again = createCutRecords(folder);
  expect([await again.read(), await again.announcements()]).toEqual([cuts, [announcement(1)]]);
});

test("of those announced at once, none is lost; of many, the oldest are forgotten", async () => {
  const records = createCutRecords(folder);
  await Promise.all(
    Array.from({ length: 10 }, (_, index) => records.announce(announcement(index))),
  );
  const kept = (await records.announcements()).map(({ revision }) => revision);
  expect(kept).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

test("one of the same change takes the place of the older one", async () => {
  const records = createCutRecords(folder);
  const later = { ...announcement(1), view: { ...view, containers: [] } };
  for (const one of [announcement(1), announcement(2), later]) await records.announce(one);
  expect(await records.announcements()).toEqual([announcement(2), later]);
});

test("one that cannot be read again is not kept, and takes no other with it", async () => {
  const records = createCutRecords(folder);
  const noPort = { protocol: "TCP", port: 0 } as const;
  const unreadable = { ...announcement(2), view: { ...view, ownPorts: [noPort] } };
  await expect(records.announce(unreadable)).rejects.toThrow("it could not be read again");
  const path = join(folder, "announcements.json");
  await writeFile(path, JSON.stringify([announcement(1), unreadable, announcement(3)]));
  const kept = (await records.announcements()).map(({ revision }) => revision);
  expect(kept).toEqual([1, 3]);
});

test.for(["", "{}", "null", '[{"revision":1}]'])(
  "a file that says %j says nothing",
  async (text) => {
    for (const name of ["applied-cuts.json", "announcements.json"]) {
      await writeFile(join(folder, name), text);
    }
    const records = createCutRecords(folder);
    expect([await records.read(), await records.announcements()]).toEqual([undefined, []]);
    await records.announce(announcement(1));
    expect(JSON.parse(await readFile(join(folder, "announcements.json"), "utf8"))).toHaveLength(1);
  },
);
