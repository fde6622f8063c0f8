import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { keyIdOf, type Signer } from "@seawall/proto";

/** Signs revisions, host specs, users, bundles and reports. Ed25519. */
export interface SigningKey extends Signer {
  readonly publicKey: KeyObject;
  /** What agents get to verify with. */
  readonly publicKeySpki: Buffer;
}

/** PKCS#8 PEM of a new key. */
export function createSigningKeyPem(): string {
  return generateKeyPairSync("ed25519")
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
}

/** @throws when the text is not an Ed25519 private key. */
export function loadSigningKey(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== "ed25519") {
    throw new Error(`the signing key is ${String(privateKey.asymmetricKeyType)}, not ed25519`);
  }
  const publicKey = createPublicKey(privateKey);
  return {
    keyId: keyIdOf(publicKey),
    privateKey,
    publicKey,
    publicKeySpki: publicKey.export({ type: "spki", format: "der" }),
  };
}
