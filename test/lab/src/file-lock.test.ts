import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withFileLock } from "./file-lock.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-lock-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("never two at a time, and released after a failure", async () => {
  const path = join(folder, "lock");
  let inside = 0;
  const enter = (fail: boolean): Promise<number> =>
    withFileLock(
      path,
      () => undefined,
      async () => {
        inside += 1;
        const seen = inside;
        // Long enough for the others to get in, if they could.
        await delay(20);
        inside -= 1;
        if (fail) throw new Error("failed inside");
        return seen;
      },
    );
  const results = await Promise.allSettled([enter(false), enter(true), enter(false)]);
  const seen = results.map((result) => (result.status === "fulfilled" ? result.value : "failed"));
  expect(seen).toEqual([1, "failed", 1]);
});
