import "reflect-metadata";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  webcrypto,
} from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type Identity, identityUri, isHostName, signerUri } from "@seawall/proto";

/** The CA as it lies in the state directory. The key never leaves it. */
export interface AuthorityRecord {
  readonly certificatePem: string;
  /** PKCS#8. */
  readonly privateKeyPem: string;
}

/** A certificate for somebody's own key. */
export interface IssuedCertificate {
  /** PEM, with the CA's behind it. */
  readonly chainPem: string;
  readonly notAfter: Date;
}

/** A certificate with the key that was made for it. */
export interface KeyAndCertificate {
  readonly privateKeyPem: string;
  /** The certificate, then the CA's: what a TLS server presents, so that a joining host can find the CA in it. */
  readonly chainPem: string;
  readonly notAfter: Date;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Clocks of hosts and controller may differ by this much. */
const SKEW = 5 * MINUTE;
const CA_DAYS = 3_650;
const SERVER_DAYS = 365;
const USER_DAYS = 365;
const HOST_DAYS = 30;
/** Only what is signed within it counts, whenever that is checked. */
const SIGNER_DAYS = 1;
const SIGNING = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The fleet's certificate authority: EC P-256. It names hosts and users; what they may do is decided elsewhere. */
export class Authority {
  readonly certificatePem: string;
  readonly certificateDer: Buffer;
  /** Lower-case hex sha256 of the certificate's DER, as join tokens carry it. */
  readonly fingerprint: string;
  readonly #certificate: X509Certificate;
  readonly #signingKey: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, signingKey: webcrypto.CryptoKey) {
    this.#certificate = certificate;
    this.#signingKey = signingKey;
    this.certificatePem = pem(certificate);
    this.certificateDer = Buffer.from(certificate.rawData);
    this.fingerprint = createHash("sha256").update(this.certificateDer).digest("hex");
  }

  static async create(now: Date): Promise<AuthorityRecord> {
    const keys = newKeyPair();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: [{ CN: ["Seawall CA"] }],
      issuer: [{ CN: ["Seawall CA"] }],
      notBefore: new Date(now.getTime() - SKEW),
      notAfter: new Date(now.getTime() + CA_DAYS * DAY),
      signingAlgorithm: SIGNING,
      publicKey: keys.spki,
      signingKey: await importSigningKey(keys.pkcs8Pem),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
        await SubjectKeyIdentifierExtension.create(keys.spki),
      ],
    });
    return { certificatePem: pem(certificate), privateKeyPem: keys.pkcs8Pem };
  }

  /** @throws when the record is not a CA certificate with its own key. */
  static async load(record: AuthorityRecord): Promise<Authority> {
    const certificate = new X509Certificate(record.certificatePem);
    const own = createPublicKey(record.privateKeyPem).export({ type: "spki", format: "der" });
    if (!own.equals(Buffer.from(certificate.publicKey.rawData))) {
      throw new Error("the CA's key does not belong to the CA's certificate");
    }
    return new Authority(certificate, await importSigningKey(record.privateKeyPem));
  }

  /** For a listener: gRPC, join or NATS. `names` are DNS names and IP addresses, at least one. */
  async issueServer(names: readonly string[], now: Date): Promise<KeyAndCertificate> {
    const [first] = names;
    if (first === undefined) throw new Error("a server certificate needs a name");
    return await this.#issueWithKey({
      commonName: first.slice(0, 64),
      names: names.map((name) => ({ type: isIP(name) === 0 ? "dns" : "ip", value: name })),
      usage: ExtendedKeyUsage.serverAuth,
      days: SERVER_DAYS,
      now,
    });
  }

  /** For a person's or a tool's client. */
  async issueUser(name: string, now: Date): Promise<KeyAndCertificate> {
    return await this.#issueWithKey({
      ...clientName({ kind: "user", name }),
      days: USER_DAYS,
      now,
    });
  }

  /** For a user's own key, of which only the public half is known here. */
  async issueUserKey(name: string, publicKeySpki: Buffer, now: Date): Promise<IssuedCertificate> {
    const subject = { ...clientName({ kind: "user", name }), days: USER_DAYS, now };
    const certificate = await this.#issue(subject, publicKeySpki);
    const chainPem = pem(certificate) + this.certificatePem;
    return { chainPem, notAfter: certificate.notAfter };
  }

  /** For a host's own key, of which only the public half is known here. Returns DER. */
  async issueHost(name: string, publicKeySpki: Buffer, now: Date): Promise<Buffer> {
    const certificate = await this.#issue(
      { ...clientName({ kind: "host", name }), days: HOST_DAYS, now },
      publicKeySpki,
    );
    return Buffer.from(certificate.rawData);
  }

  /**
   * For the key by which this controller signs what it hands out, so that whoever knows the CA can check it. No client
   * can present it. Returns PEM.
   */
  async issueSigner(publicKeySpki: Buffer, now: Date): Promise<string> {
    const certificate = await this.#issue(
      {
        commonName: "Seawall controller",
        names: [{ type: "url", value: signerUri }],
        usage: ExtendedKeyUsage.codeSigning,
        days: SIGNER_DAYS,
        now,
      },
      publicKeySpki,
    );
    return pem(certificate);
  }

  async #issueWithKey(subject: Subject): Promise<KeyAndCertificate> {
    const keys = newKeyPair();
    const certificate = await this.#issue(subject, keys.spki);
    return {
      privateKeyPem: keys.pkcs8Pem,
      chainPem: pem(certificate) + this.certificatePem,
      notAfter: certificate.notAfter,
    };
  }

  async #issue(subject: Subject, publicKeySpki: Buffer): Promise<X509Certificate> {
    const now = subject.now.getTime();
    const extensions: Extension[] = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([subject.usage]),
      new SubjectAlternativeNameExtension([...subject.names]),
      await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      await SubjectKeyIdentifierExtension.create(publicKeySpki),
    ];
    return await X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: [{ CN: [subject.commonName] }],
      issuer: this.#certificate.subjectName,
      notBefore: new Date(now - SKEW),
      notAfter: new Date(Math.min(now + subject.days * DAY, this.#certificate.notAfter.getTime())),
      signingAlgorithm: SIGNING,
      publicKey: publicKeySpki,
      signingKey: this.#signingKey,
      extensions,
    });
  }
}

interface Subject {
  readonly commonName: string;
  readonly names: readonly JsonGeneralName[];
  readonly usage: ExtendedKeyUsage;
  readonly days: number;
  readonly now: Date;
}

function clientName(identity: Identity): Omit<Subject, "days" | "now"> {
  if (!isHostName(identity.name)) {
    throw new Error(`not a name for a certificate: ${JSON.stringify(identity.name)}`);
  }
  return {
    commonName: identity.name,
    names: [{ type: "url", value: identityUri(identity) }],
    usage: ExtendedKeyUsage.clientAuth,
  };
}

function newKeyPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    pkcs8Pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    spki: publicKey.export({ type: "spki", format: "der" }),
  };
}

async function importSigningKey(pkcs8Pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pkcs8Pem).export({ type: "pkcs8", format: "der" });
  return await webcrypto.subtle.importKey("pkcs8", der, SIGNING, false, ["sign"]);
}

/** 127 random bits, positive and without a leading zero byte. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
