import { X509Certificate } from "node:crypto";
import { type Identity, parseIdentityUri } from "@seawall/proto";
import { keyFingerprint } from "./key-fingerprint.ts";

/** Who is at the other end of a connection, by a certificate that TLS has verified. */
export type Peer = Identity & { readonly keyFingerprint: string };

const uri = "URI:";

/**
 * Names the holder of a verified client certificate; undefined when it does not name exactly one. Node lists names with
 * ", " between them and quotes what is unusual, so neither several names nor such a one is an identity.
 */
export function peerOfCertificate(der: Buffer): Peer | undefined {
  const { subjectAltName = "", publicKey } = new X509Certificate(der);
  if (!subjectAltName.startsWith(uri)) return undefined;
  const identity = parseIdentityUri(subjectAltName.slice(uri.length));
  return identity && { ...identity, keyFingerprint: keyFingerprint(publicKey) };
}
