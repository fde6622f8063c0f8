import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { compareBundles } from "../core/compare-bundles.ts";
import type { Footprint } from "../core/footprint.ts";
import { type Standing, wanted } from "../core/standing.ts";
import type {
  BundleNumber,
  BundleRecord,
  LastGood,
  SealedBundle,
  StoredBundles,
} from "../ports.ts";
import { atomicWrite, removeWritten } from "./atomic-write.ts";
import { readJson } from "./read-json.ts";

const sealed = {
  epoch: z.int().nonnegative(),
  generation: z.int().nonnegative(),
  envelope: z.base64(),
};

const unreachable = z.strictObject({
  kind: z.literal("unreachable"),
  reason: z.enum(["NatsUnreachable", "ControllerUnreachable", "NobodyReachable"]),
  message: z.string(),
});

/** Absent in files from before there were second trials. */
const blamed = { blamed: unreachable.exactOptional() };

const standing = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("confirmed") }),
  z.strictObject({
    kind: z.literal("trial"),
    since: z.strictObject({ boot: z.string(), ms: z.number() }),
    ...blamed,
  }),
  z.strictObject({ kind: z.literal("unconfirmed") }),
  z.strictObject({
    kind: z.literal("reverted"),
    why: unreachable,
    atMs: z.number(),
    helped: z.boolean(),
    ...blamed,
  }),
  z.strictObject({
    kind: z.literal("postponed"),
    why: unreachable,
    atMs: z.number(),
    ...blamed,
  }),
]) satisfies z.ZodType<Standing>;

const bundleFile = z.strictObject({
  ...sealed,
  /** Absent in files from before there was any. */
  standing: standing.default({ kind: "confirmed" }),
  confirmed: z.strictObject(sealed).optional(),
});

const takenBackFile = z.strictObject({
  epoch: z.int().nonnegative(),
  generation: z.int().nonnegative(),
  /** Absent in files from before it was kept here too. */
  standing: standing.exactOptional(),
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

const takenBackBefore: Standing = {
  kind: "reverted",
  why: {
    kind: "unreachable",
    reason: "NobodyReachable",
    message:
      "the disk was full when this bundle was taken back; what could not be reached then is not recorded",
  },
  ...{ atMs: 0, helped: false },
};

interface StoredLastGood extends LastGood {
  /** For good: the host leaves the fleet. */
  remove(): Promise<void>;
}

/** Keeps bundles, and what we found when we came, in the agent's state directory. */
export function createLastGood(stateDir: string): StoredLastGood {
  const bundlePath = join(stateDir, "last-good.json");
  const takenBackPath = join(stateDir, "taken-back.json");
  const footprintPath = join(stateDir, "footprint.json");
  /** The newest one on disk, and the file that it is in. */
  let stored: { readonly newest: BundleNumber; readonly file: string | undefined } | undefined;

  const readTakenBack = async (): Promise<z.infer<typeof takenBackFile> | undefined> => {
    const file = await readJson(takenBackPath);
    return file.kind === "none" ? undefined : takenBackFile.safeParse(file.value).data;
  };

  const unreadable = async (why: string): Promise<StoredBundles> => {
    const found = await readTakenBack();
    if (found === undefined)
      return { kind: "unreadable", message: `${bundlePath} is damaged: ${why}` };
    const { epoch, generation } = found;
    const never = `generation ${generation}, which was taken back, does not return: apply a change`;
    const message = `${bundlePath} is damaged; ${never}: ${why}`;
    return { kind: "unreadable", message, takenBack: { epoch, generation } };
  };

  /** What was taken back is recorded ahead of the bundles, for which a full disk may have had no room. */
  const standingOf = async (newest: BundleNumber, recorded: Standing): Promise<Standing> => {
    if (wanted(recorded) === "confirmed") return recorded;
    const takenBack = await readTakenBack();
    if (takenBack === undefined || compareBundles(takenBack, newest) !== 0) return recorded;
    return takenBack.standing ?? takenBackBefore;
  };

  const read = async (): Promise<StoredBundles> => {
    const file = await readJson(bundlePath);
    if (file.kind === "none") return file;
    const parsed = bundleFile.safeParse(file.value);
    if (!parsed.success) {
      return await unreadable(z.prettifyError(parsed.error));
    }
    const { standing, confirmed, ...newest } = parsed.data;
    return {
      kind: "stored",
      record: {
        newest: fromFile(newest),
        standing: await standingOf(newest, standing),
        ...(confirmed && { confirmed: fromFile(confirmed) }),
      },
    };
  };

  /** It is being tried again. */
  const forgetTakenBack = async (newest: BundleNumber): Promise<void> => {
    const takenBack = await readTakenBack();
    if (takenBack !== undefined && compareBundles(takenBack, newest) === 0) {
      await removeWritten(takenBackPath);
    }
  };

  /** Not read again where the file is the one that we wrote: with a large host's rules that takes a while. */
  const newestStored = async (): Promise<BundleNumber | undefined> => {
    const file = await fileAt(bundlePath);
    if (file !== undefined && file === stored?.file) return stored.newest;
    const found = await read();
    return found.kind === "stored" ? found.record.newest : undefined;
  };

  const store = async ({ newest, standing, confirmed }: BundleRecord) => {
    const before = await newestStored();
    if (before !== undefined && compareBundles(newest, before) < 0) {
      return { kind: "older" } as const;
    }
    stored = undefined;
    const content = {
      ...toFile(newest),
      standing,
      ...(confirmed && { confirmed: toFile(confirmed) }),
    };
    const isTakenBack = wanted(standing) === "confirmed";
    const { epoch, generation } = newest;
    if (isTakenBack) {
      await atomicWrite(takenBackPath, JSON.stringify({ epoch, generation, standing }));
    }
    await atomicWrite(bundlePath, JSON.stringify(content));
    stored = { newest: { epoch, generation }, file: await fileAt(bundlePath) };
    if (!isTakenBack) await forgetTakenBack(newest);
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
    stored = undefined;
    for (const path of [bundlePath, takenBackPath, footprintPath]) await removeWritten(path);
  };

  return { read, store, readFootprint, storeFootprint, remove };
}

/** Tells a file from every other that is put in its place; undefined: whoever reads it will say what is wrong. */
async function fileAt(path: string): Promise<string | undefined> {
  try {
    const { ino, ctimeNs } = await stat(path, { bigint: true });
    return `${String(ino)} ${String(ctimeNs)}`;
  } catch {
    return undefined;
  }
}

function fromFile({ envelope, ...id }: z.infer<z.ZodObject<typeof sealed>>): SealedBundle {
  return { ...id, envelope: Buffer.from(envelope, "base64") };
}

function toFile({ epoch, generation, envelope }: SealedBundle) {
  return { epoch, generation, envelope: Buffer.from(envelope).toString("base64") };
}
