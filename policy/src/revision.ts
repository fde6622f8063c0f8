import { z } from "zod";

/** Lower-case hex. */
const sha256 = /^[0-9a-f]{64}$/;

/** One state of the whole tree of resources, as it was committed. Never changes. */
export const revisionSchema = z.strictObject({
  number: z.number().int().min(1),
  /** 0 for the first. */
  parent: z.number().int().min(0),
  /** sha256 of the parent's signed bytes: with one revision all before it are fixed. Empty for the first. */
  parentDigest: z.union([z.literal(""), z.string().regex(sha256)]),
  author: z.string(),
  message: z.string(),
  /** RFC 3339. */
  time: z.iso.datetime(),
  /** `Kind/name` to the sha256 of the object. */
  tree: z.record(z.string(), z.string().regex(sha256)),
});

export type Revision = Readonly<z.infer<typeof revisionSchema>>;
