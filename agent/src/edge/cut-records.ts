import { join } from "node:path";
import { z } from "zod";
import type { Announcement } from "../core/announcement.ts";
import type { AppliedCuts } from "../core/applied-cuts.ts";
import type { CutRecords } from "../ports.ts";
import { atomicWrite, removeWritten } from "./atomic-write.ts";
import { hostViewSchema } from "./host-view-schema.ts";
import { readJson } from "./read-json.ts";

const counter = z.int().nonnegative();

const cutsFile = z.strictObject({
  epoch: counter,
  revision: counter,
  cut: counter,
  unannounced: counter,
  announced: z.boolean(),
  first: z.array(
    z.strictObject({
      connection: z.strictObject({
        protocol: z.string(),
        source: z.string(),
        destination: z.string(),
        port: counter,
        answerer: z.string(),
        answeringPort: counter,
      }),
      policy: z.string(),
      rule: z.string(),
    }),
  ),
}) satisfies z.ZodType<AppliedCuts>;

const announcementsFile = z.array(
  z.strictObject({
    revision: counter,
    before: z.string(),
    after: z.string(),
    view: hostViewSchema,
  }),
) satisfies z.ZodType<readonly Announcement[]>;

/** Each has the host's networks and containers in it. Others may have looked at another change before one is applied. */
const MOST_KEPT = 8;

interface StoredCutRecords extends CutRecords {
  /** For good: the host leaves the fleet. */
  remove(): Promise<void>;
}

/** In the agent's state directory. */
export function createCutRecords(stateDirectory: string): StoredCutRecords {
  const cutsPath = join(stateDirectory, "applied-cuts.json");
  const announcementsPath = join(stateDirectory, "announcements.json");
  /** One after the other: each reads what the one before has written. */
  let writing: Promise<unknown> = Promise.resolve();

  const announcements = async (): Promise<readonly Announcement[]> => {
    const file = await readJson(announcementsPath);
    return file.kind === "none" ? [] : (announcementsFile.safeParse(file.value).data ?? []);
  };

  const write = async (announcement: Announcement): Promise<void> => {
    const kept = [...(await announcements()), announcement].slice(-MOST_KEPT);
    await atomicWrite(announcementsPath, JSON.stringify(kept));
  };

  return {
    async read() {
      const file = await readJson(cutsPath);
      return file.kind === "none" ? undefined : cutsFile.safeParse(file.value).data;
    },
    store: (cuts) => atomicWrite(cutsPath, JSON.stringify(cuts)),
    announcements,
    announce: (announcement) => {
      const written = writing.then(() => write(announcement));
      writing = written.catch(() => undefined);
      return written;
    },
    async remove() {
      await removeWritten(cutsPath);
      await removeWritten(announcementsPath);
    },
  };
}
