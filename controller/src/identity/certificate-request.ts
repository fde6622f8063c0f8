import "reflect-metadata";
import { createPublicKey, type KeyObject } from "node:crypto";
import { Pkcs10CertificateRequest } from "@peculiar/x509";
import { keyFingerprint } from "./key-fingerprint.ts";

export type VerifiedRequest =
  | { readonly ok: true; readonly publicKeySpki: Buffer; readonly keyFingerprint: string }
  | { readonly ok: false; readonly message: string };

const MAX_BYTES = 4_096;

/**
 * Takes the public key from a PKCS#10 request and nothing else: names and
 * extensions in it are the caller's wishes. The signature proves that the caller holds the key.
 */
export async function verifyCertificateRequest(der: Buffer): Promise<VerifiedRequest> {
  if (der.length === 0 || der.length > MAX_BYTES) {
    return refused(`a certificate request of 1 to ${MAX_BYTES} bytes is needed, not ${der.length}`);
  }
  let key: KeyObject;
  let signed: boolean;
  try {
    const request = new Pkcs10CertificateRequest(new Uint8Array(der));
    key = createPublicKey({
      key: Buffer.from(request.publicKey.rawData),
      format: "der",
      type: "spki",
    });
    signed = await request.verify();
  } catch {
    return refused("the certificate request is not PKCS#10 in DER");
  }
  if (!signed) {
    return refused("the signature of the certificate request does not fit its key");
  }
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    return refused("the key of the certificate request is not EC P-256");
  }
  return {
    ok: true,
    publicKeySpki: key.export({ type: "spki", format: "der" }),
    keyFingerprint: keyFingerprint(key),
  };
}

function refused(message: string): VerifiedRequest {
  return { ok: false, message };
}
