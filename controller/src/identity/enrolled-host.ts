import { chosenHostOptions } from "@seawall/policy";
import { z } from "zod";
import { duplicateIdentity } from "../core/duplicate-identity.ts";
import { hostModes } from "../core/host-mode.ts";

/** What the controller keeps of a host that has joined. Mode, labels and addresses come from its token or an operator, never from the host. */
export const enrolledHost = z.strictObject({
  name: z.string(),
  /** Of the key in its certificates; every call must come with this one. */
  keyFingerprint: z.string(),
  /** Its NATS user, nkey U…: what is revoked when the host is deleted. */
  natsPublicKey: z.string(),
  /** The token it joined with: with this one it may repeat the join. */
  tokenId: z.string(),
  mode: z.enum(hostModes),
  options: chosenHostOptions.default({}),
  labels: z.record(z.string(), z.string()),
  /** Approved addresses as single-address CIDRs. */
  addresses: z.array(z.string()),
  /** RFC 3339. */
  enrolledAt: z.iso.datetime(),
  /** Two agents have its keys: neither is given anything. */
  quarantine: duplicateIdentity.optional(),
});
export type EnrolledHost = Readonly<z.infer<typeof enrolledHost>>;
