import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventRetention, loadControllerConfig } from "./config.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "seawall-config-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function retention(text: string, environment: Readonly<Record<string, string>> = {}) {
  const file = join(directory, "controller.yaml");
  await writeFile(file, `advertise: [controller]\n${text}`);
  const { maxAgeMs, maxBytes } = eventRetention(loadControllerConfig({}, environment, file));
  return [maxAgeMs / 86_400_000, maxBytes / 1024 ** 2];
}

test.for([
  ["90 days and 256 MiB", "", {}, [90, 256]],
  ["of the file", "eventsMaxAge: 7d\neventsMaxBytes: 1048576\n", {}, [7, 1]],
  [
    "of the environment before the file",
    "eventsMaxAge: 7d\n",
    { SEAWALL_EVENTS_MAX_AGE: "48h", SEAWALL_EVENTS_MAX_BYTES: "2097152" },
    [2, 2],
  ],
] as const)("events are kept as said: %s", async ([, text, environment, kept]) => {
  expect(await retention(text, environment)).toEqual(kept);
});

test.for([
  ["eventsMaxAge: 5m", 'eventsMaxAge: "5m" is not a time from 1h to 3650d'],
  ["eventsMaxAge: soon", 'eventsMaxAge: "soon" is not a time'],
  ["eventsMaxBytes: 12", "eventsMaxBytes: 12 is not a number of bytes"],
  ["eventsMaxBytes: 1e12", "eventsMaxBytes: 1000000000000 is not a number of bytes"],
] as const)("%s is refused", async ([text, message]) => {
  await expect(retention(text)).rejects.toThrow(message);
});
