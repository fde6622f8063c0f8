import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from "node:crypto";
import { createUser } from "@nats-io/nkeys";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import type { HostKeys } from "./identity-store.ts";

const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** What is shown to the controller of a host's keys. */
export interface PublicKeys {
  /** PKCS#10; the signature proves that we hold the key. */
  readonly csrDer: Buffer;
  readonly natsPublicKey: string;
}

export function makeHostKeys(): HostKeys {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    natsSeed: Buffer.from(createUser().getSeed()).toString("ascii"),
  };
}

export async function publicKeysOf(keys: HostKeys): Promise<PublicKeys> {
  const key = createPrivateKey(keys.privateKeyPem);
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  // Loaded late: a host joins and renews seldom, and every start of the agent would wait for it.
  await import("reflect-metadata");
  const { Pkcs10CertificateRequestGenerator } = await import("@peculiar/x509");
  const request = await Pkcs10CertificateRequestGenerator.create({
    signingAlgorithm: SIGNING,
    keys: {
      privateKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, SIGNING, false, ["sign"]),
      publicKey: await webcrypto.subtle.importKey("spki", spki, SIGNING, true, ["verify"]),
    },
  });
  return {
    csrDer: Buffer.from(request.rawData),
    natsPublicKey: nkeyPair(keys.natsSeed).getPublicKey(),
  };
}
