import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readManifests } from "./manifest-files.ts";
import { emptyHome } from "./testing/empty-home.ts";

async function* stdin(text = ""): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

test("a directory stands for the manifests in it, by name, not below it", async () => {
  const dir = emptyHome();
  mkdirSync(join(dir, "below"));
  for (const name of ["b.yml", "a.yaml", "c.json", "README.md", ".hidden.yaml", "below/d.yaml"]) {
    writeFileSync(join(dir, name), name);
  }
  expect(await readManifests([dir, "-"], stdin("from stdin"))).toEqual([
    { name: join(dir, "a.yaml"), content: "a.yaml" },
    { name: join(dir, "b.yml"), content: "b.yml" },
    { name: join(dir, "c.json"), content: "c.json" },
    { name: "-", content: "from stdin" },
  ]);
});

test.each([
  ["no such file", (dir: string) => join(dir, "x.yaml"), "no such file or directory"],
  ["an empty directory", (dir: string) => dir, "no .yaml, .yml or .json file in this directory"],
])("%s is refused", async (_what, path, words) => {
  await expect(readManifests([path(emptyHome())], stdin())).rejects.toThrow(words);
});

test("what is too large, or not text, is refused", async () => {
  const dir = emptyHome();
  const large = "#".repeat((1 << 20) + 1);
  writeFileSync(join(dir, "large.yaml"), large);
  writeFileSync(join(dir, "latin1.yaml"), Buffer.from([0x6e, 0xe9, 0x0a]));
  await expect(readManifests([join(dir, "large.yaml")], stdin())).rejects.toThrow(
    "larger than 1 MiB",
  );
  await expect(readManifests(["-"], stdin(large))).rejects.toThrow("-: larger than 1 MiB");
  await expect(readManifests([join(dir, "latin1.yaml")], stdin())).rejects.toThrow(
    "not UTF-8 text",
  );
});
