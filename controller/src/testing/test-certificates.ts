import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { AuthorityRecord, KeyAndCertificate } from "../identity/authority.ts";

x509.cryptoProvider.set(webcrypto as never);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface TestCertificate {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A server certificate for `names`, of a CA made for it alone. */
export async function testServerCertificate(names: readonly string[]): Promise<TestCertificate> {
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + 3_600_000);
  const caKeys = await generate();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=test CA",
    notBefore,
    notAfter,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const keys = await generate();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=test nats-server",
    issuer: ca.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
      ),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    caPem: ca.toString("pem"),
    certificatePem: certificate.toString("pem"),
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}

/** Of a client, by this CA, with a name that is none of a fleet. */
export async function namelessCertificate(
  ca: AuthorityRecord,
  now: Date,
): Promise<KeyAndCertificate> {
  const issuer = new x509.X509Certificate(ca.certificatePem);
  const pkcs8 = createPrivateKey(ca.privateKeyPem).export({ type: "pkcs8", format: "der" });
  const keys = await generate();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=nobody",
    issuer: issuer.subjectName,
    notBefore: new Date(now.getTime() - 60_000),
    notAfter: new Date(now.getTime() + 3_600_000),
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "nobody" }]),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    privateKeyPem: x509.PemConverter.encode(key, "PRIVATE KEY"),
    chainPem: certificate.toString("pem"),
    notAfter: certificate.notAfter,
  };
}

function generate() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}
