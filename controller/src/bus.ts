import { X509Certificate } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { ControllerConfig } from "./config.ts";
import type { KeyAndCertificate } from "./identity/authority.ts";
import { connectNats, type NatsConnection } from "./nats/connect.ts";
import type { NatsKeys } from "./nats/nats-keys.ts";
import { NatsServer } from "./nats/nats-server.ts";
import { type Revocations, signAccounts } from "./nats/operator.ts";
import { presentedFingerprint } from "./nats/presented-fingerprint.ts";
import { pushAccounts } from "./nats/push-accounts.ts";
import { mintControllerUser, mintSystemUser } from "./nats/user-credentials.ts";

export interface BusOptions {
  readonly config: ControllerConfig;
  readonly keys: NatsKeys;
  readonly caPem: string;
  /** Of the server that is started here. */
  readonly certificate: KeyAndCertificate;
  readonly log: Logger;
}

/** NATS: our own server unless the configuration names another, and our two connections to it. */
export interface Bus {
  readonly store: NatsConnection;
  readonly serverVersion: string;
  /** Puts exactly these revocations in force; resolves when the server has them. */
  revoke(revocations: Revocations): Promise<void>;
  /** Called when a server has come back: one that starts from its configuration file may know no revocation any more. */
  onReturn(listener: () => void): void;
  /**
   * Makes our own server present this certificate, and looks that it does. Whoever runs
   * another one looks after its certificate. Connections are cut and come back.
   */
  presentCertificate(certificate: KeyAndCertificate): Promise<void>;
  stop(): Promise<void>;
}

/** The server did not take the new certificate: sooner or later nobody can connect. */
class CertificateNotPresented extends Error {
  override name = "CertificateNotPresented";
}

const systemName = "controller-system";
const PRESENTED_WITHIN_MS = 10_000;

/** @throws NatsServerError, NatsConnectError */
export async function openBus(options: BusOptions): Promise<Bus> {
  const { config, keys, caPem, log } = options;
  const server = config.natsUrl === undefined ? await startServer(options) : undefined;
  const address = config.natsUrl ?? `127.0.0.1:${String(config.natsPort)}`;
  const opened: NatsConnection[] = [];
  const listeners: (() => void)[] = [];
  const connect = async (name: string, user: Awaited<ReturnType<typeof mintControllerUser>>) => {
    const connection = await connectNats({
      servers: [address],
      caPem,
      user,
      name,
      onEvent: (event) => {
        log.warn({ connection: name, event }, "NATS connection");
        if (name !== systemName || event.kind !== "reconnected") return;
        for (const listener of listeners) listener();
      },
    });
    opened.push(connection);
    return connection;
  };
  // A connection that is left open reconnects for ever, and keeps the process alive for that.
  const stop = async () => {
    await Promise.all(opened.map((connection) => connection.close()));
    await server?.stop();
  };
  try {
    const store = await connect("controller", await mintControllerUser(keys));
    const system = await connect(systemName, await mintSystemUser(keys));
    return {
      store,
      serverVersion: store.info?.version ?? "unknown",
      revoke: (revocations) => pushAccounts(system, keys, revocations),
      onReturn: (listener) => {
        listeners.push(listener);
      },
      presentCertificate: async (certificate) => {
        if (server === undefined) return;
        await writeCertificate(config, certificate);
        await server.reload();
        await untilPresented(server.port, certificate);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServer({ config, keys, certificate, log }: BusOptions): Promise<NatsServer> {
  const { directory, ...tls } = filesOf(config);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeCertificate(config, certificate);
  return await NatsServer.start({
    program: config.natsServer,
    directory,
    listen: { host: config.listenAddress, port: config.natsPort },
    tls,
    accounts: await signAccounts(keys, new Map()),
    onLog: (line) => {
      log.debug({ line }, "nats-server");
    },
    onState: (state) => {
      log.info({ state }, "nats-server");
    },
  });
}

function filesOf({ stateDirectory }: ControllerConfig) {
  const directory = join(stateDirectory, "nats");
  return {
    directory,
    certificateFile: join(directory, "server.crt"),
    keyFile: join(directory, "server.key"),
  };
}

async function writeCertificate(
  config: ControllerConfig,
  { chainPem, privateKeyPem }: KeyAndCertificate,
): Promise<void> {
  const { certificateFile, keyFile } = filesOf(config);
  await writeFile(certificateFile, chainPem, { mode: 0o600 });
  await writeFile(keyFile, privateKeyPem, { mode: 0o600 });
}

async function untilPresented(port: number, { chainPem }: KeyAndCertificate): Promise<void> {
  const wanted = new X509Certificate(chainPem).fingerprint256;
  const deadline = performance.now() + PRESENTED_WITHIN_MS;
  for (;;) {
    const presented = await presentedFingerprint("127.0.0.1", port).catch(String);
    if (presented === wanted) return;
    if (performance.now() > deadline) {
      throw new CertificateNotPresented(
        `nats-server was given a new certificate and does not present it: ${presented}`,
      );
    }
    await delay(50);
  }
}
