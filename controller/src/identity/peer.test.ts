import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { expect, test } from "vitest";
import { peerOfCertificate } from "./peer.ts";

const url = (value: string): JsonGeneralName => ({ type: "url", value });

test.for<{ name: string; names: readonly JsonGeneralName[]; is: string | undefined }>([
  { name: "one host", names: [url("seawall://host/web-1")], is: "host web-1" },
  { name: "one user", names: [url("seawall://user/vera")], is: "user vera" },
  { name: "nobody", names: [], is: undefined },
  {
    name: "two",
    names: [url("seawall://host/web-1"), url("seawall://user/admin")],
    is: undefined,
  },
  {
    name: "one, and a name of another kind",
    names: [url("seawall://host/web-1"), { type: "dns", value: "web-1" }],
    is: undefined,
  },
  {
    name: "a name of another kind that looks like one",
    names: [{ type: "dns", value: "URI:seawall://user/admin" }],
    is: undefined,
  },
  {
    name: "one name that looks like two",
    names: [url("seawall://host/web-1, URI:seawall://user/admin")],
    is: undefined,
  },
  { name: "a stranger", names: [url("https://example.com/")], is: undefined },
])("a certificate that names $name", async ({ names, is }) => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      ...{ serialNumber: "01", name: "CN=somebody", keys, signingAlgorithm: algorithm },
      extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension([...names])],
    },
    webcrypto,
  );
  const peer = peerOfCertificate(Buffer.from(certificate.rawData));
  expect(peer && `${peer.kind} ${peer.name}`).toBe(is);
});
