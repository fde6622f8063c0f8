import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  type Account,
  createAccount,
  createOperator,
  createUser,
  encodeAccount,
  encodeOperator,
  encodeUser,
  type KeyPair,
} from "@nats-io/jwt";
import { natsServerPath } from "@seawall/lab";
import {
  bellSubject,
  buckets,
  desiredGetSubject,
  exported,
  imported,
  inboxPrefix,
} from "@seawall/proto";
import {
  connect,
  jwtAuthenticator,
  type KV,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
} from "nats";
import type { TestCa } from "./test-ca.ts";

const unlimited = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: 0,
  mem_storage: 0,
  disk_storage: 0,
  streams: -1,
  consumer: -1,
};

/** A real nats-server with a store for controllers and an account of its own for agents, as Seawall runs it. */
export class TestNats {
  readonly #directory: string;
  readonly #ca: TestCa;
  readonly #names: readonly string[];
  readonly #operator = createOperator();
  readonly #accounts = { SYS: createAccount(), CTRL: createAccount(), AGENTS: createAccount() };
  readonly #connections: NatsConnection[] = [];
  #server: ChildProcess | undefined;
  #port = -1;

  private constructor(directory: string, ca: TestCa, names: readonly string[]) {
    this.#directory = directory;
    this.#ca = ca;
    this.#names = names;
  }

  /** @param names that its certificate is for */
  static async start(
    ca: TestCa,
    names: readonly string[] = ["127.0.0.1", "localhost"],
  ): Promise<TestNats> {
    const nats = new TestNats(await mkdtemp(join(tmpdir(), "seawall-agent-nats-")), ca, names);
    await nats.boot();
    return nats;
  }

  get url(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts the server, again on the same port and store. */
  async boot(): Promise<void> {
    const program = await natsServerPath();
    const config = join(this.#directory, "nats.conf");
    await writeFile(config, JSON.stringify(await this.#config()));
    const server = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
    this.#server = server;
    for await (const line of createInterface({ input: server.stderr })) {
      const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) this.#port = Number(port);
      if (line.includes("Server is ready")) break;
    }
    server.stderr.resume();
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async agentJwt(host: string, publicKey: string, ttlSeconds: number): Promise<string> {
    const permissions = {
      pub: { allow: [desiredGetSubject(host)] },
      sub: { allow: [`${inboxPrefix(host)}.>`, bellSubject(host)] },
    };
    const exp = Math.floor(Date.now() / 1_000) + ttlSeconds;
    return await encodeUser(host, publicKey, this.#accounts.AGENTS, permissions, { exp });
  }

  /** A connection with every right in the store's account. */
  async controller(): Promise<NatsConnection> {
    const user = createUser();
    const jwt = await encodeUser("controller", user, this.#accounts.CTRL, {});
    const connection = await connect({
      servers: this.url.replace("127.0.0.1", "localhost"),
      tls: { ca: this.#ca.pem },
      authenticator: jwtAuthenticator(jwt, user.getSeed()),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
    this.#connections.push(connection);
    return connection;
  }

  /** The bucket of bundles; every write to it rings. */
  async desired(connection: NatsConnection): Promise<KV> {
    const manager = await connection.jetstreamManager();
    await manager.streams.add({
      name: `KV_${buckets.desired}`,
      subjects: [`$KV.${buckets.desired}.>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_msgs_per_subject: 1,
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      republish: {
        src: `$KV.${buckets.desired}.*`,
        dest: "bell.{{wildcard(1)}}",
        headers_only: true,
      },
    });
    return await connection.jetstream().views.kv(buckets.desired, { bindOnly: true });
  }

  async #config() {
    const certificate = await this.#ca.server(this.#names);
    const [cert, key] = [join(this.#directory, "cert.pem"), join(this.#directory, "key.pem")];
    await writeFile(cert, certificate.certificatePem);
    await writeFile(key, certificate.privateKeyPem, { mode: 0o600 });
    const { SYS, CTRL, AGENTS } = this.#accounts;
    const account = CTRL.getPublicKey();
    const claims: readonly (readonly [string, KeyPair, Partial<Account>])[] = [
      ["SYS", SYS, { limits: unlimited }],
      [
        "CTRL",
        CTRL,
        {
          limits: { ...unlimited, disk_storage: -1 },
          exports: [
            { name: "bell", subject: exported.bell, type: "stream" },
            { name: "desired", subject: exported.desiredGet, type: "service" },
          ],
        },
      ],
      [
        "AGENTS",
        AGENTS,
        {
          limits: unlimited,
          imports: [
            { name: "bell", subject: exported.bell, account, type: "stream" },
            {
              name: "desired",
              subject: exported.desiredGet,
              local_subject: imported.desiredGet,
              account,
              type: "service",
            },
          ],
        },
      ],
    ];
    const preload = await Promise.all(
      claims.map(async ([name, pair, body]) => [
        pair.getPublicKey(),
        await encodeAccount(name, pair, body, { signer: this.#operator }),
      ]),
    );
    return {
      listen: `127.0.0.1:${this.#port}`,
      tls: { cert_file: cert, key_file: key },
      jetstream: { store_dir: join(this.#directory, "store") },
      operator: await encodeOperator("test", this.#operator, {
        system_account: SYS.getPublicKey(),
      }),
      system_account: SYS.getPublicKey(),
      resolver: "MEMORY",
      resolver_preload: Object.fromEntries(preload) as Readonly<Record<string, string>>,
    };
  }
}
