import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { longestOpeningMs, type Opening, type Person } from "../core/opening.ts";
import type { Openings } from "../ports.ts";
import { atomicWrite, removeWritten } from "./atomic-write.ts";
import { readJson } from "./read-json.ts";

const person = z.strictObject({ uid: z.int(), login: z.string() });
const wallMs = z.number().min(-8.64e15).max(8.64e15);

const openingsFile = z.array(
  z.strictObject({
    since: z.strictObject({ boot: z.string(), ms: z.number() }),
    ttlMs: z.number().positive().max(longestOpeningMs),
    reason: z.string(),
    by: person,
    openedMs: wallMs,
    hadRules: z.boolean(),
    closed: z.strictObject({ by: person, atMs: wallMs }).exactOptional(),
  }),
) satisfies z.ZodType<Opening[]>;

/** Openings for people to look up. */
const KEPT = 100;
const NAME = "openings.json";

interface OpeningsFile extends Openings {
  /** @throws when the file is damaged: what it says of earlier openings must not be lost. */
  add(opening: Opening): Promise<void>;
  /** False: nothing had been opened. @throws likewise */
  close(by: Person, atMs: number): Promise<boolean>;
  /** For good: the host leaves the fleet. */
  remove(): Promise<void>;
}

/**
 * Every opening of this host, in the agent's state directory, where only root writes. Written by the commands
 * and read by the agent, so that neither has to ask the other anything.
 */
export function createOpenings(stateDir: string): OpeningsFile {
  const path = join(stateDir, NAME);

  const read = async (): Promise<readonly Opening[] | "damaged"> => {
    let file;
    try {
      file = await readJson(path);
    } catch {
      return "damaged";
    }
    if (file.kind === "none") return [];
    const parsed = openingsFile.safeParse(file.value);
    return parsed.success ? parsed.data : "damaged";
  };

  const mustRead = async (): Promise<readonly Opening[]> => {
    const openings = await read();
    if (openings === "damaged") throw new Error(`${path} is damaged; move it out of the way`);
    return openings;
  };

  const write = (openings: readonly Opening[]): Promise<void> =>
    atomicWrite(path, JSON.stringify(openings.slice(0, KEPT), undefined, 2));

  return {
    read,
    async add(opening) {
      await write([opening, ...(await mustRead())]);
    },
    async close(by, atMs) {
      const [newest, ...earlier] = await mustRead();
      if (newest === undefined || newest.closed !== undefined) return false;
      await write([{ ...newest, closed: { by, atMs } }, ...earlier]);
      return true;
    },
    remove: () => removeWritten(path),
    watch(onChange, signal) {
      let watcher: FSWatcher;
      try {
        watcher = watch(stateDir, { signal });
      } catch {
        // Whoever waits for a change looks from time to time as well.
        return;
      }
      watcher.on("change", (_, name) => {
        if (name === NAME) onChange();
      });
      watcher.on("error", () => undefined);
    },
  };
}
