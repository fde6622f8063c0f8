import { createPublicKey, X509Certificate } from "node:crypto";

/** @throws when the bytes are not a certificate. */
export function certificatePem(der: Buffer): string {
  return new X509Certificate(der).toString();
}

/** @throws when the bytes are not a public key. */
export function publicKeyPem(spkiDer: Buffer): string {
  return createPublicKey({ key: spkiDer, format: "der", type: "spki" })
    .export({ type: "spki", format: "pem" })
    .toString();
}
