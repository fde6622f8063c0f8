import "reflect-metadata";
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  webcrypto,
} from "node:crypto";
import { isIP } from "node:net";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { identityUri } from "@seawall/proto";

const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface TestLeaf {
  readonly privateKeyPem: string;
  readonly certificatePem: string;
}

/** A CA as a controller has one. */
export class TestCa {
  readonly pem: string;
  readonly der: Buffer;
  readonly fingerprint: string;
  readonly #key: webcrypto.CryptoKey;

  private constructor(der: Buffer, pem: string, key: webcrypto.CryptoKey) {
    this.der = der;
    this.pem = pem;
    this.fingerprint = createHash("sha256").update(der).digest("hex");
    this.#key = key;
  }

  static async create(): Promise<TestCa> {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = await signingKey(privateKey);
    const certificate = await issue(spkiOf(publicKey), key, "Test CA", [
      new BasicConstraintsExtension(true, 0, true),
    ]);
    return new TestCa(Buffer.from(certificate.rawData), `${certificate.toString("pem")}\n`, key);
  }

  async server(names: readonly string[]): Promise<TestLeaf> {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const certificate = await issue(spkiOf(publicKey), this.#key, "server", [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
      ),
    ]);
    return {
      privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      certificatePem: `${certificate.toString("pem")}\n`,
    };
  }

  /** For the key of a certificate request, as the controller does it; DER. */
  async host(name: string, csrDer: Buffer): Promise<Buffer> {
    const request = new Pkcs10CertificateRequest(new Uint8Array(csrDer));
    if (!(await request.verify())) throw new Error("the request is not signed by its key");
    return await this.hostKey(name, Buffer.from(request.publicKey.rawData));
  }

  async hostKey(name: string, spki: Buffer): Promise<Buffer> {
    const certificate = await issue(spki, this.#key, name, [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension([
        { type: "url", value: identityUri({ kind: "host", name }) },
      ]),
    ]);
    return Buffer.from(certificate.rawData);
  }
}

export function spkiOf(key: KeyObject | string): Buffer {
  const publicKey = typeof key === "string" || key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

async function issue(
  publicKey: Buffer,
  key: webcrypto.CryptoKey,
  subject: string,
  extensions: Extension[],
) {
  const now = Date.now();
  return await X509CertificateGenerator.create({
    subject: [{ CN: [subject] }],
    issuer: [{ CN: ["Test CA"] }],
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 3_600_000),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: key,
    extensions,
  });
}

async function signingKey(privateKey: KeyObject): Promise<webcrypto.CryptoKey> {
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  return await webcrypto.subtle.importKey("pkcs8", der, SIGNING, false, ["sign"]);
}
