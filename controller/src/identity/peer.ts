import { X509Certificate } from "node:crypto";
import { type Identity, parseIdentityUri } from "@seawall/proto";
import { keyFingerprint } from "./key-fingerprint.ts";

/** Who is at the other end of a connection, by a certificate that TLS has verified. */
export type Peer = Identity & { readonly keyFingerprint: string };

const uri = "URI:";

/**
 * By the certificate's bytes, which say the same for ever. Every call asks for its caller, and the callers of a fleet come
 * with the same certificates: to read them anew took a sixth of what a polled controller computed.
 */
const known = new Map<string, Peer | undefined>();
const mostKnown = 2_000;

/**
 * Names the holder of a verified client certificate; undefined when it does not name exactly one. Node lists names with
 * ", " between them and quotes what is unusual, so neither several names nor such a one is an identity.
 */
export function peerOfCertificate(der: Buffer): Peer | undefined {
  const bytes = der.toString("latin1");
  if (!known.has(bytes)) {
    if (known.size >= mostKnown) known.clear();
    known.set(bytes, readPeer(der));
  }
  return known.get(bytes);
}

function readPeer(der: Buffer): Peer | undefined {
  const { subjectAltName = "", publicKey } = new X509Certificate(der);
  if (!subjectAltName.startsWith(uri)) return undefined;
  const identity = parseIdentityUri(subjectAltName.slice(uri.length));
  return identity && { ...identity, keyFingerprint: keyFingerprint(publicKey) };
}
