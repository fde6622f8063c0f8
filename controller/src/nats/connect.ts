import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { nkeyAuthenticator } from "@seawall/proto/nkey-pair";
import { connect, Events, type NatsConnection, NatsError } from "nats";
import { checkServerVersion } from "./server-version.ts";
import type { UserCredentials } from "./user-credentials.ts";

export type { NatsConnection } from "nats";

export type NatsConnectCode =
  /** Nothing listens, or nothing answered in time. */
  | "Unreachable"
  /** No TLS offered, or its certificate is not of our CA or for another name. */
  | "NotTrusted"
  /** The server does not accept our credentials. */
  | "NotAuthorized"
  | "TooOld"
  | "NoJetStream";

/** No connection; the message says to which server and what to do. */
export class NatsConnectError extends Error {
  override name = "NatsConnectError";
  readonly code: NatsConnectCode;

  constructor(code: NatsConnectCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

type NatsConnectionEvent =
  | { readonly kind: "disconnected" }
  | { readonly kind: "reconnected" }
  | { readonly kind: "error"; readonly message: string };

export interface NatsConnectOptions {
  /** `host:port` each. */
  readonly servers: readonly string[];
  /** The only authority whose server certificates are believed. */
  readonly caPem: string;
  readonly user: UserCredentials;
  /** Shown in the server's list of connections. */
  readonly name: string;
  readonly onEvent: (event: NatsConnectionEvent) => void;
}

/**
 * Connects a controller or system user. Once connected it reconnects for ever; a
 * request made meanwhile fails, it is not kept for later.
 * @throws NatsConnectError
 */
export async function connectNats(options: NatsConnectOptions): Promise<NatsConnection> {
  const where = options.servers.join(", ");
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: [...options.servers],
      name: options.name,
      tls: tlsOptions(options),
      authenticator: nkeyAuthenticator(options.user),
      timeout: 10_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitterTLS: 250,
      // Or two refusals in a row, as while a new account is being loaded, would close it for good.
      ignoreAuthErrorAbort: true,
      pingInterval: 10_000,
      // A stack for each request took a sixteenth of what a polled controller computed. What fails says what, not who asked.
      noAsyncTraces: true,
    });
  } catch (error) {
    throw explained(error, where);
  }
  const check = checkServerVersion(connection.info?.version ?? "unknown", where);
  if (!check.ok) {
    await connection.close();
    throw new NatsConnectError("TooOld", check.message);
  }
  void forward(connection, options.onEvent);
  return connection;
}

/**
 * Connecting by IP address, the client library leaves the name to be checked empty,
 * and Node then checks for "localhost". So it is checked here: the certificate must
 * be for one of the servers we were told of.
 */
function tlsOptions({ caPem, servers }: NatsConnectOptions) {
  const hosts = servers.map((server) =>
    new URL(`nats://${server}`).hostname.replace(/^\[|\]$/g, ""),
  );
  return {
    ca: caPem,
    checkServerIdentity: (_: string, certificate: PeerCertificate) => {
      const verdicts = hosts.map((host) => checkServerIdentity(host, certificate));
      return verdicts.includes(undefined) ? undefined : verdicts[0];
    },
  };
}

async function forward(
  connection: NatsConnection,
  onEvent: (event: NatsConnectionEvent) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === Events.Disconnect) onEvent({ kind: "disconnected" });
    if (status.type === Events.Reconnect) onEvent({ kind: "reconnected" });
    if (status.type === Events.Error) onEvent({ kind: "error", message: describe(status.data) });
  }
}

function describe(data: unknown): string {
  return typeof data === "string" ? data : JSON.stringify(data);
}

const untrusted = /CERT|UNABLE_TO_|SELF_SIGNED|ERR_TLS|ERR_SSL|SERVER_OPT_NA/;

function explained(error: unknown, where: string): NatsConnectError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? `${error.message} (${code})` : String(error);
  if (error instanceof NatsError && (error.isAuthError() || error.isPermissionError())) {
    return new NatsConnectError(
      "NotAuthorized",
      `${where} does not accept this controller: its nats-server is configured for another operator`,
      { cause: error },
    );
  }
  if (untrusted.test(code)) {
    return new NatsConnectError(
      "NotTrusted",
      `${where} is not trusted: ${reason}. It must offer TLS with a certificate of this controller's CA for that name`,
      { cause: error },
    );
  }
  return new NatsConnectError("Unreachable", `cannot reach NATS at ${where}: ${reason}`, {
    cause: error,
  });
}
