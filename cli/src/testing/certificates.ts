import "reflect-metadata";
import { type KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const notBefore = new Date(Date.now() - 60_000);
const notAfter = new Date(Date.now() + 3_600_000);

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  server(names: readonly string[], until?: Date): Promise<Pair>;
  client(name: string): Promise<Pair>;
  /** Of an Ed25519 key, with this URI: what a controller signs reports by. */
  signer(uri: string, publicKey: KeyObject): Promise<string>;
}

export async function createAuthority(name: string): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const certify = (
    subject: string,
    publicKey: webcrypto.CryptoKey | Buffer,
    extensions: x509.Extension[],
    until = notAfter,
  ) =>
    x509.X509CertificateGenerator.create({
      subject: `CN=${subject}`,
      issuer: ca.subject,
      notBefore: new Date(Math.min(notBefore.getTime(), until.getTime() - 60_000)),
      notAfter: until,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
    });
  const issue = async (subject: string, extensions: x509.Extension[], until = notAfter) => {
    const own = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await certify(subject, own.publicKey, extensions, until);
    const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", own.privateKey);
    return {
      certificate: certificate.toString("pem"),
      key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
    };
  };
  return {
    ca: ca.toString("pem"),
    server: (names, until) => issue("controller", [alternativeNames(names)], until),
    client: (subject) => issue(subject, []),
    signer: async (uri, publicKey) => {
      const names = new x509.SubjectAlternativeNameExtension([{ type: "url", value: uri }]);
      const spki = publicKey.export({ type: "spki", format: "der" });
      return (await certify("signer", spki, [names])).toString("pem");
    },
  };
}

function alternativeNames(names: readonly string[]): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value })),
  );
}
