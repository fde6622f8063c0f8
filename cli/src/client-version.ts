import { readFileSync } from "node:fs";
import { z } from "zod";

const manifest = z.object({ version: z.string() });

/** Of this executable. */
export function clientVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return manifest.parse(JSON.parse(text)).version;
}
