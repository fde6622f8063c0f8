import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Opening } from "../core/opening.ts";
import { createOpenings } from "./openings.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seawall-openings-"));
  return () => rm(folder, { recursive: true });
});

const by = { uid: 1000, login: "alice" };
const first: Opening = {
  since: { boot: "a", ms: 5 },
  ttlMs: 900_000,
  reason: "the VPN is cut",
  by,
  openedMs: 1_700_000_000_000,
  hadRules: true,
};
const second: Opening = { ...first, since: { boot: "b", ms: 7 } };

describe("openings", () => {
  it("are none at first", async () => {
    expect(await createOpenings(folder).read()).toEqual([]);
    expect(await createOpenings(folder).close(by, 5)).toBe(false);
  });

  it("are kept, newest first, where nobody else reads them", async () => {
    const openings = createOpenings(folder);
    await openings.add(first);
    await openings.add(second);
    expect(await createOpenings(folder).read()).toEqual([second, first]);
    expect((await stat(join(folder, "openings.json"))).mode & 0o777).toBe(0o600);
  });

  it("are closed once, and who did it is kept", async () => {
    const openings = createOpenings(folder);
    await openings.add(first);
    expect(await openings.close(by, 1_700_000_060_000)).toBe(true);
    expect(await openings.close(by, 1_700_000_120_000)).toBe(false);
    expect(await openings.read()).toEqual([{ ...first, closed: { by, atMs: 1_700_000_060_000 } }]);
  });

  it("are not kept for ever", async () => {
    const openings = createOpenings(folder);
    for (let count = 0; count < 103; count++) await openings.add(first);
    expect(await openings.read()).toHaveLength(100);
  });

  it("are heard of at once", async () => {
    const openings = createOpenings(folder);
    const heard = vi.fn();
    const stop = new AbortController();
    openings.watch(heard, stop.signal);
    await openings.add(first);
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalled();
    }, 60_000);
    stop.abort();
  });

  it("are looked for from time to time where nothing can be heard", () => {
    const openings = createOpenings(join(folder, "not-there"));
    expect(() => {
      openings.watch(() => undefined, new AbortController().signal);
    }).not.toThrow();
  });
});

it.each(["", "{}", "[{}]", JSON.stringify([{ ...first, ttlMs: 86_400_001 }])])(
  "a file that says %j is damaged, and stays as it is",
  async (content) => {
    const path = join(folder, "openings.json");
    await writeFile(path, content);
    const openings = createOpenings(folder);
    expect(await openings.read()).toBe("damaged");
    await expect(openings.add(first)).rejects.toThrow(/damaged/);
    await expect(openings.close(by, 5)).rejects.toThrow(/damaged/);
    expect(await readFile(path, "utf8")).toBe(content);
  },
);
