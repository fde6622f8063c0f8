import "reflect-metadata";
import { createPublicKey } from "node:crypto";
import { SubjectAlternativeNameExtension, X509Certificate } from "@peculiar/x509";
import { type Identity, parseIdentityUri } from "@seawall/proto";
import { keyFingerprint } from "./key-fingerprint.ts";

/** Who is at the other end of a connection, by a certificate that TLS has verified. */
export type Peer = Identity & { readonly keyFingerprint: string };

/** Names the holder of a verified client certificate; undefined when it does not name exactly one. */
export function peerOfCertificate(der: Buffer): Peer | undefined {
  const certificate = new X509Certificate(new Uint8Array(der));
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const [name] = names;
  if (name?.type !== "url" || names.length > 1) {
    return undefined;
  }
  const identity = parseIdentityUri(name.value);
  if (identity === undefined) {
    return undefined;
  }
  const key = createPublicKey({
    key: Buffer.from(certificate.publicKey.rawData),
    format: "der",
    type: "spki",
  });
  return { ...identity, keyFingerprint: keyFingerprint(key) };
}
