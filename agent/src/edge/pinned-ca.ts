import { createHash, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  type TLSSocket,
} from "node:tls";
import { hostOf } from "@seawall/proto";

export type PinnedCa =
  | { readonly kind: "trusted"; readonly caPem: string }
  /** Somebody answers, but not the controller that the fingerprint is of. */
  | { readonly kind: "untrusted"; readonly message: string }
  | { readonly kind: "unreachable"; readonly message: string };

const TIMEOUT_MS = 10_000;
const MAX_CHAIN = 4;

/**
 * Finds the CA with this fingerprint in what the server presents. Nothing but a
 * TLS handshake is sent. What is found is only a candidate for trust: the connection
 * that carries a secret must verify the server against it once more.
 */
export async function fetchPinnedCa(address: string, fingerprint: string): Promise<PinnedCa> {
  let socket: TLSSocket;
  try {
    socket = await handshake(address);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "unreachable", message: `no TLS connection to ${address}: ${why}` };
  }
  try {
    return judge(address, socket.getPeerCertificate(true), fingerprint);
  } finally {
    socket.destroy();
  }
}

function handshake(address: string): Promise<TLSSocket> {
  const host = hostOf(address);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(address.slice(address.lastIndexOf(":") + 1)),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ["h2"],
      // The CA is not known yet: it is what this connection is for.
      rejectUnauthorized: false,
    });
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`));
    });
    socket.once("secureConnect", () => {
      resolve(socket);
    });
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new Error("the connection was closed"));
    });
  });
}

function judge(address: string, presented: DetailedPeerCertificate, fingerprint: string): PinnedCa {
  const ca = chainOf(presented).find(
    (raw) => createHash("sha256").update(raw).digest("hex") === fingerprint,
  );
  if (ca === undefined) {
    return untrusted(
      address,
      "it does not present the CA that the token names. Either the token is of another controller, or somebody stands in between. Nothing was sent",
    );
  }
  const authority = new X509Certificate(ca);
  const leaf = new X509Certificate(presented.raw);
  if (!leaf.checkIssued(authority) || !leaf.verify(authority.publicKey)) {
    return untrusted(
      address,
      "its certificate was not issued by the CA that the token names. Nothing was sent",
    );
  }
  const mismatch = checkServerIdentity(hostOf(address), presented);
  if (mismatch !== undefined) {
    return untrusted(
      address,
      `its certificate is for other names (${mismatch.message}). Use a name that the controller advertises. Nothing was sent`,
    );
  }
  return { kind: "trusted", caPem: authority.toString() };
}

function chainOf(leaf: DetailedPeerCertificate): Buffer[] {
  const chain: Buffer[] = [];
  // The types do not say so, but the issuer of the last one is missing, or itself.
  let certificate: Partial<DetailedPeerCertificate> | undefined = leaf;
  while (certificate?.raw !== undefined && chain.length < MAX_CHAIN) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

function untrusted(address: string, why: string): PinnedCa {
  return { kind: "untrusted", message: `${address} is not trusted: ${why}` };
}
