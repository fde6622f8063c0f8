import { z } from "zod";

/**
 * The signed bytes of a stored record, as JSON: what it says, and where and when in the
 * store's life it belongs. A contract, since clients verify what a controller hands over.
 */
export const sealedPayload = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  epoch: z.number().int().min(1),
  version: z.number().int().min(1),
  /** Present: the record was deleted then, and `body` is what it was. */
  deletedAtMs: z.number().int().optional(),
  body: z.unknown(),
});
