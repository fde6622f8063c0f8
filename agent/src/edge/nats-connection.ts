import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { hostOf, inboxPrefix } from "@seawall/proto";
import { nkeyAuthenticator } from "@seawall/proto/nkey-pair";
import { connect, ErrorCode, type NatsConnection, NatsError } from "nats";
import type { AgentIdentity } from "./identity-store.ts";
import { untilAborted } from "./until-aborted.ts";

export type NatsAttempt =
  | { readonly kind: "connected"; readonly connection: NatsConnection }
  | {
      readonly kind: "failed";
      readonly message: string;
      /** The server is there and does not accept our credentials. */
      readonly isUnauthorized: boolean;
    };

/**
 * One connection with the credentials of this identity. It does not reconnect by
 * itself: whoever loses it connects anew, with the credentials that are in force then.
 */
async function connectNats(identity: AgentIdentity): Promise<NatsAttempt> {
  const { natsUrl, natsJwt, natsSeed, host, caPem } = identity;
  const servers = natsUrl.split(",");
  try {
    const connection = await connect({
      servers,
      name: host,
      inboxPrefix: inboxPrefix(host),
      authenticator: nkeyAuthenticator({ jwt: natsJwt, seed: natsSeed }),
      tls: tlsOptions(caPem, servers),
      reconnect: false,
      timeout: 10_000,
      pingInterval: 20_000,
      maxPingOut: 2,
    });
    return { kind: "connected", connection };
  } catch (error) {
    return {
      kind: "failed",
      message: `${natsUrl}: ${error instanceof Error ? error.message : String(error)}`,
      isUnauthorized: isUnauthorized(error),
    };
  }
}

/** The same; undefined when the signal aborts first. What comes late is closed. */
export async function connectNatsUntil(
  identity: AgentIdentity,
  signal: AbortSignal,
): Promise<NatsAttempt | undefined> {
  const connecting = connectNats(identity);
  const attempt = await untilAborted(signal, connecting);
  if (attempt !== undefined && !signal.aborted) return attempt;
  void connecting.then((late) => (late.kind === "connected" ? late.connection.close() : undefined));
  return undefined;
}

const EXPIRED: string = ErrorCode.AuthenticationExpired;

/** Expired, revoked or not of this server's operator. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof NatsError && (error.isAuthError() || error.code === EXPIRED);
}

/**
 * By IP address the client library leaves the name to be checked empty, and Node then
 * checks for "localhost". So it is checked here: the certificate must be for one of
 * the servers that the controller named.
 */
function tlsOptions(caPem: string, servers: readonly string[]) {
  return {
    ca: caPem,
    checkServerIdentity: (_name: string, certificate: PeerCertificate) => {
      const verdicts = servers.map((server) => checkServerIdentity(hostOf(server), certificate));
      return verdicts.includes(undefined) ? undefined : verdicts[0];
    },
  };
}
