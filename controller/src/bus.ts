import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { ControllerConfig } from "./config.ts";
import type { KeyAndCertificate } from "./identity/authority.ts";
import { connectNats, type NatsConnection } from "./nats/connect.ts";
import type { NatsKeys } from "./nats/nats-keys.ts";
import { NatsServer } from "./nats/nats-server.ts";
import { type Revocations, signAccounts } from "./nats/operator.ts";
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
  stop(): Promise<void>;
}

/** @throws NatsServerError, NatsConnectError */
export async function openBus(options: BusOptions): Promise<Bus> {
  const { config, keys, caPem, log } = options;
  const server = config.natsUrl === undefined ? await startServer(options) : undefined;
  const address = config.natsUrl ?? `127.0.0.1:${String(config.natsPort)}`;
  const connect = async (name: string, user: Awaited<ReturnType<typeof mintControllerUser>>) =>
    await connectNats({
      servers: [address],
      caPem,
      user,
      name,
      onEvent: (event) => {
        log.warn({ connection: name, event }, "NATS connection");
      },
    });
  try {
    const store = await connect("controller", await mintControllerUser(keys));
    const system = await connect("controller-system", await mintSystemUser(keys));
    return {
      store,
      serverVersion: store.info?.version ?? "unknown",
      revoke: (revocations) => pushAccounts(system, keys, revocations),
      stop: async () => {
        await Promise.all([store.close(), system.close()]);
        await server?.stop();
      },
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

async function startServer({ config, keys, certificate, log }: BusOptions): Promise<NatsServer> {
  const directory = join(config.stateDirectory, "nats");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const certificateFile = join(directory, "server.crt");
  const keyFile = join(directory, "server.key");
  await writeFile(certificateFile, certificate.chainPem, { mode: 0o600 });
  await writeFile(keyFile, certificate.privateKeyPem, { mode: 0o600 });
  return await NatsServer.start({
    program: config.natsServer,
    directory,
    listen: { host: config.listenAddress, port: config.natsPort },
    tls: { certificateFile, keyFile },
    accounts: await signAccounts(keys, new Map()),
    onLog: (line) => {
      log.debug({ line }, "nats-server");
    },
    onState: (state) => {
      log.info({ state }, "nats-server");
    },
  });
}
