import { roles } from "@seawall/policy";
import { z } from "zod";

/** A person or a tool that may call. The certificate says who it is; what it may do is said here alone. */
export const userRecord = z.strictObject({
  name: z.string(),
  role: z.enum(roles),
  /** Of the key in its certificate; every call must come with this one. */
  keyFingerprint: z.string(),
  /** RFC 3339. */
  createdAt: z.iso.datetime(),
  /** The user who made it; empty for the one that `init` made. */
  createdBy: z.string(),
});
export type User = Readonly<z.infer<typeof userRecord>>;
