import { hostDocument as publishedDocument } from "@seawall/policy";
import { z } from "zod";

/** As @seawall/policy publishes it, in every mode that a host can be in. */
export const hostDocument = publishedDocument.extend({
  spec: publishedDocument.shape.spec.extend({ mode: z.enum(["Enforce", "Audit"]) }),
});
export type HostDocument = z.infer<typeof hostDocument>;
