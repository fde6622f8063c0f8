import { status } from "@grpc/grpc-js";
import type { RenewRequest__Output, RenewResponse } from "@seawall/proto";
import { quarantineRefusal } from "../core/duplicate-identity.ts";
import { verifyCertificateRequest } from "../identity/certificate-request.ts";
import type { Peer } from "../identity/peer.ts";
import { type Issuers, issueHostCredentials } from "./host-credentials.ts";

export interface RenewOptions extends Issuers {
  readonly natsUrl: string;
}

export type Renewal =
  | { readonly ok: true; readonly response: RenewResponse }
  | { readonly ok: false; readonly code: status; readonly details: string };

/**
 * A new certificate and new NATS credentials for the caller's own name and keys.
 * Keys are not changed here: were the answer lost, the host would be locked out.
 * New keys take `delete host` and a new join.
 */
export async function renew(
  peer: Peer,
  request: RenewRequest__Output,
  options: RenewOptions,
  now: Date,
): Promise<Renewal> {
  const host = peer.kind === "host" ? await options.hosts.get(peer.name) : undefined;
  if (host === undefined || host.keyFingerprint !== peer.keyFingerprint) {
    return notEnrolled(peer.name);
  }
  if (host.quarantine !== undefined) {
    return refused(status.PERMISSION_DENIED, quarantineRefusal(host.name));
  }
  const key = await verifyCertificateRequest(request.csrDer);
  if (!key.ok) {
    return refused(status.INVALID_ARGUMENT, key.message);
  }
  if (key.keyFingerprint !== host.keyFingerprint || request.natsPublicKey !== host.natsPublicKey) {
    return refused(
      status.INVALID_ARGUMENT,
      `host ${host.name} is enrolled with other keys; to change them, delete the host and join it again`,
    );
  }
  const credentials = await issueHostCredentials(
    { ...host, publicKeySpki: key.publicKeySpki },
    options,
    now,
  );
  if (credentials === undefined) return notEnrolled(peer.name);
  return { ok: true, response: { ...credentials, natsUrl: options.natsUrl } };
}

function notEnrolled(name: string): Renewal {
  return refused(
    status.UNAUTHENTICATED,
    `${name} is not a host of the fleet with this key; join it again with a new token`,
  );
}

function refused(code: status, details: string): Renewal {
  return { ok: false, code, details };
}
