import {
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "pino";
import { callRefused, type FleetEvent, hostRefused } from "../core/fleet-event.ts";
import { type Peer, peerOfCertificate } from "../identity/peer.ts";
import type { TellRefusal } from "./refusals.ts";
import { sourceAddress } from "./source-address.ts";

/** Which key a host has to come with now; undefined when it is not in the fleet. Read for every call, never from a stale copy. */
export interface HostKeys {
  keyFingerprintOf(host: string): Promise<string | undefined>;
  readonly refused: TellRefusal;
}

/** What is needed of a gRPC call to tell who makes it. */
export interface AuthenticatedCall {
  getAuthContext(): { readonly sslPeerCertificate?: { readonly raw: Buffer } };
}

/** Who is calling, by the certificate of the connection. Behind {@link authenticate} it is always somebody. */
export function peerOf(call: AuthenticatedCall): Peer | undefined {
  const certificate = call.getAuthContext().sslPeerCertificate;
  return certificate === undefined ? undefined : peerOfCertificate(certificate.raw);
}

/** Which kind of peer may call a service. What is not named here may be called by nobody. */
const callers: Readonly<Record<string, Peer["kind"]>> = {
  "seawall.v1.AgentService": "host",
  "seawall.v1.ClientService": "user",
};

interface Refusal {
  readonly code: status;
  readonly details: string;
  readonly told: FleetEvent;
}

/**
 * Lets a call pass when its certificate names a peer of the right kind and, for a
 * host, when its key is the one the host is enrolled with: a deleted host is out at
 * its next call, with no revocation list. When that cannot be read, nobody passes.
 */
export function authenticate(hosts: HostKeys, log: Logger): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            judge(call, method.path, hosts).then(
              (refusal) => {
                if (refusal === undefined) {
                  pass(metadata);
                  return;
                }
                log.warn(
                  { method: method.path, address: call.getPeer(), reason: refusal.details },
                  "call refused",
                );
                const { code, details, told } = refusal;
                const from = told.by || sourceAddress(call.getPeer());
                call.sendStatus({ code, details, metadata: null });
                hosts.refused(told, from);
              },
              (error: unknown) => {
                log.error(
                  { err: error, method: method.path },
                  "cannot tell whether the caller may call",
                );
                call.sendStatus({
                  code: status.UNAVAILABLE,
                  details: "the controller cannot read its hosts now; try again",
                });
              },
            );
          })
          .build();
        next(listener);
      },
    });
}

async function judge(
  call: AuthenticatedCall & { getPeer(): string },
  path: string,
  hosts: HostKeys,
): Promise<Refusal | undefined> {
  const peer = peerOf(call);
  if (peer === undefined) {
    const details = "the certificate names neither a host nor a user of this fleet";
    const message = `${details}, from ${sourceAddress(call.getPeer())}`;
    return {
      code: status.UNAUTHENTICATED,
      details,
      told: callRefused("CallRefused", path, undefined, message),
    };
  }
  const [, service = ""] = path.split("/");
  if (callers[service] !== peer.kind) {
    const details = `a ${peer.kind} may not call ${service}`;
    return {
      code: status.PERMISSION_DENIED,
      details,
      told: callRefused("CallRefused", path, peer, details),
    };
  }
  if (peer.kind === "host" && (await hosts.keyFingerprintOf(peer.name)) !== peer.keyFingerprint) {
    const details = `host ${peer.name} is not in the fleet with this key; join it again with a new token`;
    return { code: status.UNAUTHENTICATED, details, told: hostRefused(peer.name, details) };
  }
  return undefined;
}
