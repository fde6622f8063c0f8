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

const announcementSchema = z.strictObject({
  revision: counter,
  before: z.string(),
  after: z.string(),
  view: hostViewSchema,
}) satisfies z.ZodType<Announcement>;

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
    return file.kind === "json" && Array.isArray(file.value) ? file.value.flatMap(readable) : [];
  };

  const write = async (announcement: Announcement): Promise<void> => {
    const one = readable(JSON.parse(JSON.stringify(announcement)));
    if (one.length === 0) throw new Error("it could not be read again");
    const others = (await announcements()).filter((other) => !isSameChange(other, announcement));
    await atomicWrite(announcementsPath, JSON.stringify([...others, ...one].slice(-MOST_KEPT)));
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

/** One that cannot be read takes no other with it. */
function readable(value: unknown): readonly Announcement[] {
  const { data } = announcementSchema.safeParse(value);
  return data === undefined ? [] : [data];
}

function isSameChange(one: Announcement, other: Announcement): boolean {
  return (
    one.revision === other.revision && one.before === other.before && one.after === other.after
  );
}
