import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { Authority, type AuthorityRecord } from "./authority.ts";
import { peerOfCertificate } from "./peer.ts";

const now = new Date("2026-03-01T12:00:00Z");
const DAY = 86_400_000;
const hostKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
const spki = hostKey.export({ type: "spki", format: "der" });

let record: AuthorityRecord;
let authority: Authority;
let ca: X509Certificate;

beforeAll(async () => {
  record = await Authority.create(now);
  authority = await Authority.load(record);
  ca = new X509Certificate(record.certificatePem);
});

describe("the CA", () => {
  it("is a CA, signed by itself, known by the sha256 of its DER", () => {
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(authority.fingerprint).toBe(createHash("sha256").update(ca.raw).digest("hex"));
  });

  it("is refused with somebody else's key", async () => {
    const other = await Authority.create(now);
    await expect(Authority.load({ ...record, privateKeyPem: other.privateKeyPem })).rejects.toThrow(
      "does not belong",
    );
  });
});

describe("a server certificate", () => {
  it("answers for its names and addresses, and is no client's", async () => {
    const issued = await authority.issueServer(["seawall.example", "10.0.0.1", "2001:db8::1"], now);
    const certificate = new X509Certificate(issued.chainPem);
    expect(certificate.checkHost("seawall.example")).toBe("seawall.example");
    expect(certificate.checkIP("10.0.0.1")).toBe("10.0.0.1");
    expect(certificate.checkIP("2001:db8::1")).toBe("2001:db8::1");
    expect(certificate.checkIP("10.0.0.2")).toBeUndefined();
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(issued.chainPem).toContain(record.certificatePem);
    expect(peerOfCertificate(certificate.raw)).toBeUndefined();
  });
});

describe("a host's certificate", () => {
  it("names the host for 30 days, from five minutes ago, and is no server's", async () => {
    const der = await authority.issueHost("web-1", spki, now);
    const certificate = new X509Certificate(der);
    expect(peerOfCertificate(der)).toEqual({
      kind: "host",
      name: "web-1",
      keyFingerprint: createHash("sha256").update(spki).digest("hex"),
    });
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(Date.parse(certificate.validFrom)).toBe(now.getTime() - 5 * 60_000);
    expect(Date.parse(certificate.validTo)).toBe(now.getTime() + 30 * DAY);
  });

  it("has a serial number of its own", async () => {
    const serials = new Set<string>();
    for (let round = 0; round < 20; round++) {
      serials.add(new X509Certificate(await authority.issueHost("web-1", spki, now)).serialNumber);
    }
    expect(serials.size).toBe(20);
  });

  it.each(["web.1", "*", ">", "", "a/b", "x".repeat(64)])("is not made for %j", async (name) => {
    await expect(authority.issueHost(name, spki, now)).rejects.toThrow("not a name");
  });

  it("does not outlive the CA", async () => {
    const late = new Date(Date.parse(ca.validTo) - DAY);
    const certificate = new X509Certificate(await authority.issueHost("web-1", spki, late));
    expect(certificate.validTo).toBe(ca.validTo);
  });
});

describe("a user's certificate", () => {
  it("names the user", async () => {
    const issued = await authority.issueUser("admin", now);
    expect(peerOfCertificate(new X509Certificate(issued.chainPem).raw)).toMatchObject({
      kind: "user",
      name: "admin",
    });
  });
});
