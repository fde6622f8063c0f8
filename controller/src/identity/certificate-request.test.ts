import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from "@peculiar/x509";
import { describe, expect, it } from "vitest";
import { verifyCertificateRequest } from "./certificate-request.ts";

const p256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function makeRequest(algorithm: webcrypto.EcKeyGenParams & { hash: string }) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: ["seawall.example"] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true),
      new SubjectAlternativeNameExtension([{ type: "url", value: "seawall://host/other" }]),
    ],
  });
  return Buffer.from(request.rawData);
}

describe("verifyCertificateRequest", () => {
  it("takes the key and nothing of what else the request wishes for", async () => {
    const verified = await verifyCertificateRequest(await makeRequest(p256));
    expect(Object.keys(verified).sort()).toEqual(["keyFingerprint", "ok", "publicKeySpki"]);
    expect(verified.ok).toBe(true);
  });

  it("refuses another kind of key", async () => {
    const der = await makeRequest({ ...p256, namedCurve: "P-384" });
    expect(await verifyCertificateRequest(der)).toMatchObject({
      ok: false,
      message: expect.stringContaining("P-256") as unknown,
    });
  });

  it("refuses a request that the key did not sign", async () => {
    const der = await makeRequest(p256);
    const name = der.indexOf("seawall.example");
    der.write("x", name);
    expect(await verifyCertificateRequest(der)).toMatchObject({
      ok: false,
      message: expect.stringContaining("signature") as unknown,
    });
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["junk", Buffer.from("junk")],
    ["ASN.1 that is no request", Buffer.from([0x30, 0x03, 0x02, 0x01, 0x01])],
    ["far too much", Buffer.alloc(5_000, 0x30)],
  ])("refuses %s", async (_what, der) => {
    expect((await verifyCertificateRequest(der)).ok).toBe(false);
  });
});
