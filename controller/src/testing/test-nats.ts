import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { natsServerPath } from "@seawall/lab";
import { connectNats, type NatsConnection } from "../nats/connect.ts";
import { createNatsKeys, type NatsKeys } from "../nats/nats-keys.ts";
import { NatsServer, type NatsServerState } from "../nats/nats-server.ts";
import { type Revocations, signAccounts } from "../nats/operator.ts";
import { mintControllerUser, mintSystemUser } from "../nats/user-credentials.ts";
import { type TestCertificate, testServerCertificate } from "./test-certificates.ts";

/** A real nats-server on a free port of 127.0.0.1, as a controller runs it. */
export interface TestNats {
  readonly directory: string;
  readonly keys: NatsKeys;
  readonly certificate: TestCertificate;
  readonly server: NatsServer;
  readonly states: readonly NatsServerState[];
  readonly address: string;
  controller(): Promise<NatsConnection>;
  system(): Promise<NatsConnection>;
  /** Ends the server as a crash would; its supervisor starts it again. */
  crash(): void;
  /** Stops the server and starts a new one on the same state, as a restarted controller does. */
  restart(losing?: { readonly loseClaims: boolean }): Promise<void>;
  /** Deletes what JetStream stored, as if the disk had been replaced. */
  wipeStore(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestNats(): Promise<TestNats> {
  const directory = await mkdtemp(join(tmpdir(), "seawall-nats-"));
  const program = await natsServerPath();
  const keys = createNatsKeys();
  const certificate = await testServerCertificate(["localhost", "127.0.0.1"]);
  const certificateFile = join(directory, "server.pem");
  const keyFile = join(directory, "server.key");
  await writeFile(certificateFile, certificate.certificatePem);
  await writeFile(keyFile, certificate.keyPem, { mode: 0o600 });
  const states: NatsServerState[] = [];
  const open: NatsConnection[] = [];
  const none: Revocations = new Map();

  const start = async (port: number) =>
    NatsServer.start({
      program,
      directory,
      listen: { host: "127.0.0.1", port },
      tls: { certificateFile, keyFile },
      accounts: await signAccounts(keys, none),
      onLog: () => undefined,
      onState: (state) => states.push(state),
    });
  let server = await start(-1);
  const address = `127.0.0.1:${String(server.port)}`;

  const connectAs = async (user: Awaited<ReturnType<typeof mintControllerUser>>) => {
    const connection = await connectNats({
      servers: [address],
      caPem: certificate.caPem,
      user,
      name: "test",
      onEvent: () => undefined,
    });
    open.push(connection);
    return connection;
  };
  const restart = async (between: () => Promise<void>) => {
    const { port } = server;
    await server.stop();
    await between();
    server = await start(port);
  };
  return {
    directory,
    keys,
    certificate,
    states,
    address,
    get server() {
      return server;
    },
    controller: async () => connectAs(await mintControllerUser(keys)),
    system: async () => connectAs(await mintSystemUser(keys)),
    crash: () => {
      if (server.state.kind !== "running") throw new Error(`it is ${server.state.kind}`);
      process.kill(server.state.pid, "SIGKILL");
    },
    restart: ({ loseClaims } = { loseClaims: false }) =>
      restart(async () => {
        if (loseClaims) await rm(join(directory, "accounts"), { recursive: true, force: true });
      }),
    wipeStore: () =>
      restart(() => rm(join(directory, "jetstream"), { recursive: true, force: true })),
    stop: async () => {
      await Promise.all(open.map((connection) => connection.close()));
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
