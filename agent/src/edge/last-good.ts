import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Footprint } from "../core/footprint.ts";
import type { Bundle, LastGood, StoredBundle } from "../ports.ts";
import { atomicWrite, removeWritten } from "./atomic-write.ts";

const bundleFile = z.strictObject({
  epoch: z.int().nonnegative(),
  generation: z.int().nonnegative(),
  envelope: z.base64(),
});

const familyFootprint = z.strictObject({
  dockerUser: z.enum(["found", "created"]),
  forwardJump: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("found") }),
    z.strictObject({ kind: z.literal("created") }),
    z.strictObject({ kind: z.literal("moved"), from: z.int().positive() }),
  ]),
});

const variantFootprint = z.strictObject({
  IPv4: familyFootprint.exactOptional(),
  IPv6: familyFootprint.exactOptional(),
});

const footprintFile = z.strictObject({
  nft: variantFootprint.exactOptional(),
  legacy: variantFootprint.exactOptional(),
  table: z.literal("created").exactOptional(),
});

interface StoredLastGood extends LastGood {
  /** For good: the host leaves the fleet. */
  remove(): Promise<void>;
}

/** Keeps the last good bundle, and what we found when we came, in the agent's state directory. */
export function createLastGood(stateDir: string): StoredLastGood {
  const bundlePath = join(stateDir, "last-good.json");
  const footprintPath = join(stateDir, "footprint.json");

  const read = async (): Promise<StoredBundle> => {
    const file = await readJson(bundlePath);
    if (file.kind === "none") return file;
    const parsed = bundleFile.safeParse(file.value);
    if (!parsed.success) {
      return {
        kind: "unreadable",
        message: `${bundlePath} is damaged: ${z.prettifyError(parsed.error)}`,
      };
    }
    const { epoch, generation, envelope } = parsed.data;
    return { kind: "stored", epoch, generation, envelope: Buffer.from(envelope, "base64") };
  };

  const store = async (bundle: Bundle) => {
    const { epoch, generation, envelope } = bundle;
    const before = await read();
    if (before.kind === "stored") {
      const order = epoch - before.epoch || generation - before.generation;
      if (order < 0) return { kind: "older" } as const;
      if (order === 0) return { kind: "stored" } as const;
    }
    const content = { epoch, generation, envelope: Buffer.from(envelope).toString("base64") };
    await atomicWrite(bundlePath, JSON.stringify(content));
    return { kind: "stored" } as const;
  };

  const readFootprint = async (): Promise<Footprint | "damaged"> => {
    const file = await readJson(footprintPath);
    if (file.kind === "none") return {};
    const parsed = footprintFile.safeParse(file.value);
    return parsed.success ? parsed.data : "damaged";
  };

  const storeFootprint = (footprint: Footprint): Promise<void> =>
    atomicWrite(footprintPath, JSON.stringify(footprint));

  const remove = async (): Promise<void> => {
    for (const path of [bundlePath, footprintPath]) await removeWritten(path);
  };

  return { read, store, readFootprint, storeFootprint, remove };
}

async function readJson(
  path: string,
): Promise<{ readonly kind: "none" } | { readonly kind: "json"; readonly value: unknown }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { kind: "none" };
    }
    throw error;
  }
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    return { kind: "json", value: undefined };
  }
}
