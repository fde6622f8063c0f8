import { X509Certificate } from "node:crypto";
import { keyIdOf, type TrustedKeys } from "./envelope.ts";

/** The URI in the certificate of the key by which a controller signs what it hands out. No client is named so. */
export const signerUri = "seawall://controller";

export type TrustedSigner =
  | { readonly ok: true; readonly keys: TrustedKeys }
  | { readonly ok: false; readonly message: string };

/**
 * The key that a certificate vouches for, if this CA made it for its controller, and for that moment: a host or a
 * person with a certificate of the same CA is not a controller. Never throws for what the texts are.
 */
export function trustedSigner(certificatePem: string, caPem: string, at: Date): TrustedSigner {
  const certificate = parsed(certificatePem);
  if (certificate === undefined) return refused("the certificate of its signer is not one");
  const ca = parsed(caPem);
  if (ca === undefined) return refused("the CA to check it by is not a certificate");
  if (!certificate.checkIssued(ca) || !certificate.verify(ca.publicKey)) {
    return refused(
      "its signer has no certificate of this CA: it is of another fleet, or of nobody",
    );
  }
  if (certificate.subjectAltName !== `URI:${signerUri}`) {
    return refused("its signer is no controller");
  }
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  // Unless both are moments, and it lies between them.
  if (!(from <= at.getTime() && at.getTime() <= to)) {
    return refused("the certificate of its signer was not valid when it was made");
  }
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== "ed25519") return refused("its signer has no key to sign by");
  return { ok: true, keys: new Map([[keyIdOf(publicKey), publicKey]]) };
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function refused(message: string): TrustedSigner {
  return { ok: false, message };
}
