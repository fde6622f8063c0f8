import { createHash, type KeyObject } from "node:crypto";

/** Lower-case hex sha256 of the public key's SPKI: which key a host was enrolled with. */
export function keyFingerprint(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}
