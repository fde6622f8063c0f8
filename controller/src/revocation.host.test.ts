import "reflect-metadata";
import { generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { type ServiceError, status } from "@grpc/grpc-js";
import { createUser } from "@nats-io/jwt";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import {
  agentProto,
  clientProto,
  inboxPrefix,
  joinProto,
  parseJoinToken,
  secureChannel,
} from "@seawall/proto";
import { connect, jwtAuthenticator } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AdminAccess } from "./init.ts";
import {
  type RunningController,
  type RunningControllers,
  startControllers,
} from "./testing/running-controllers.ts";

/** What is promised of every revocation, from the moment in which it is asked for. */
const PROMISED_MS = 1_000;

const { ClientService } = clientProto().seawall.v1;
const { AgentService } = agentProto().seawall.v1;
const { JoinService } = joinProto().seawall.v1;

interface Identity {
  readonly privateKeyPem: string;
  readonly chainPem: string;
}

let controllers: RunningControllers;
let first: RunningController;
let second: RunningController;
let admin: InstanceType<typeof ClientService>;
const opened: { close(): void }[] = [];

beforeAll(async () => {
  controllers = await startControllers(async (address, { caPem, certPem, keyPem }) => {
    const identity = { privateKeyPem: keyPem, chainPem: certPem };
    const client = new ClientService(address, ...channel(address, caPem, identity));
    const code = await codeOf((done) => client.version({}, done));
    client.close();
    return code === "OK";
  });
  ({ first, second } = controllers);
  admin = clientOf(first, adminIdentity(controllers.admin));
  await joined("away");
});
afterAll(async () => {
  for (const client of opened.splice(0)) client.close();
  await controllers.stop();
});

function adminIdentity({ keyPem, certPem }: AdminAccess): Identity {
  return { privateKeyPem: keyPem, chainPem: certPem };
}

function channel(address: string, caPem: string, client: Identity | undefined) {
  const tls = client === undefined ? { caPem } : { caPem, client };
  const { credentials, options } = secureChannel(address, tls);
  return [credentials, options] as const;
}

function clientOf({ peers }: RunningController, identity: Identity) {
  const client = new ClientService(peers, ...channel(peers, controllers.admin.caPem, identity));
  opened.push(client);
  return client;
}

/** The answer, which there has to be. */
function answerTo<T>(
  call: (done: (error: ServiceError | null, answer?: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => {
      if (answer === undefined) reject(error ?? new Error("no answer"));
      else resolve(answer);
    });
  });
}

function codeOf(call: (done: (error: ServiceError | null) => void) => unknown): Promise<string> {
  return new Promise((resolve) => {
    call((error) => {
      resolve(status[error?.code ?? status.OK]);
    });
  });
}

/** How something ended, and when. */
interface End {
  readonly how: string;
  readonly atMs: number;
}

interface OpenStream {
  on(event: "data", listener: () => void): this;
  on(event: "error", listener: (error: ServiceError) => void): this;
}

/** Resolves with the end to come once the stream has told something. */
async function begun(stream: OpenStream): Promise<{ readonly ended: Promise<End> }> {
  const ended = new Promise<End>((resolve) => {
    stream.on("error", ({ code }) => {
      resolve({ how: status[code], atMs: performance.now() });
    });
  });
  await new Promise<void>((resolve) => stream.on("data", resolve));
  return { ended };
}

async function userNamed(name: string): Promise<Identity> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKeySpki = publicKey.export({ type: "spki", format: "der" });
  const { certificatePem } = await answerTo<{ certificatePem: string }>((done) =>
    admin.createUser({ name, role: "viewer", publicKeySpki }, done),
  );
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { privateKeyPem, chainPem: certificatePem };
}

/** Everything that goes on until somebody ends it. Of flows there is to tell that a host is not connected. */
async function streamsOf(user: InstanceType<typeof ClientService>) {
  return await Promise.all([
    begun(user.watch({ kind: "Host" })),
    begun(user.events({ follow: true })),
    begun(user.flows({ denied: true })),
  ]);
}

async function joined(host: string) {
  const made = await answerTo<{ token: string }>((done) =>
    admin.createToken({ uses: 1, ttlSeconds: 60, host, mode: "Enforce" }, done),
  );
  const token = parseJoinToken(made.token);
  if (!token.ok) throw new Error(token.message);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const csr = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
  const csrDer = Buffer.from(csr.rawData);
  const user = createUser();
  const natsPublicKey = user.getPublicKey();
  const { joins } = first;
  const { caPem } = controllers.admin;
  const joining = new JoinService(joins, ...channel(joins, caPem, undefined));
  opened.push(joining);
  const { id: tokenId, secret: tokenSecret } = token.token;
  const answer = await answerTo<{ certificateDer: Buffer; natsJwt: string; natsUrl: string }>(
    (done) => joining.join({ tokenId, tokenSecret, host, csrDer, natsPublicKey }, done),
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const identity = {
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64")}\n-----END PRIVATE KEY-----\n`,
    chainPem: new X509Certificate(answer.certificateDer).toString(),
  };
  return {
    agentOf: ({ peers }: RunningController) => {
      const agent = new AgentService(peers, ...channel(peers, caPem, identity));
      opened.push(agent);
      return agent;
    },
    renewal: { csrDer, natsPublicKey },
    connectNats: () =>
      connect({
        servers: answer.natsUrl,
        tls: { ca: caPem },
        authenticator: jwtAuthenticator(answer.natsJwt, user.getSeed()),
        inboxPrefix: inboxPrefix(host),
        reconnect: false,
      }),
  };
}

/** Runs the process of our nats-server on, or not. */
async function signalNats(signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
  for (const task of await readdir("/proc/self/task")) {
    const children = await readFile(`/proc/self/task/${task}/children`, "utf8");
    for (const pid of children.split(" ").filter((word) => word !== "")) {
      const name = await readFile(`/proc/${pid}/comm`, "utf8");
      if (name === "nats-server\n") process.kill(Number(pid), signal);
    }
  }
}

test("a user: open streams end and new calls are refused within a second, at whichever controller", async () => {
  const vera = await userNamed("vera");
  const users = [first, second].map((controller) => clientOf(controller, vera));
  const streams = (await Promise.all(users.map(streamsOf))).flat();
  const sentMs = performance.now();
  await answerTo((done) => admin.revokeUser({ name: "vera" }, done));
  // From the answer on, without a moment's grace.
  expect(await Promise.all(users.map((user) => codeOf((done) => user.version({}, done))))).toEqual([
    "UNAUTHENTICATED",
    "UNAUTHENTICATED",
  ]);
  for (const { how, atMs } of await Promise.all(streams.map(({ ended }) => ended))) {
    expect(how).toBe("UNAUTHENTICATED");
    expect(atMs - sentMs).toBeLessThan(PROMISED_MS);
  }
});

test.for(["first", "second"] as const)(
  "a host whose stream is at the %s controller: NATS cuts it, its stream ends, and its certificate and credentials are refused within a second",
  async (name) => {
    const controller = { first, second }[name];
    const host = await joined(`web-${name}`);
    const agent = host.agentOf(controller);
    const stream = agent.connect();
    stream.write({ hello: { agentVersion: "1", bootId: "b", instanceId: "i" } });
    const { ended } = await begun(stream);
    const nats = await host.connectNats();
    const natsEnded = nats.closed().then(() => performance.now());
    const sentMs = performance.now();
    await answerTo((done) => admin.deleteHost({ host: `web-${name}` }, done));
    const [renewed, again] = await Promise.all([
      codeOf((done) => agent.renew(host.renewal, done)),
      host.connectNats().catch((error: unknown) => String(error)),
    ]);
    expect(performance.now() - sentMs).toBeLessThan(PROMISED_MS);
    expect([renewed, again]).toEqual(["UNAUTHENTICATED", expect.stringMatching(/Authorization/)]);
    const { how, atMs } = await ended;
    expect(how).toBe("PERMISSION_DENIED");
    expect(atMs - sentMs).toBeLessThan(PROMISED_MS);
    expect((await natsEnded) - sentMs).toBeLessThan(PROMISED_MS);
  },
);

test("while nats-server does not answer, no stream goes on for longer than five seconds and no call is let in", async () => {
  const greta = clientOf(second, await userNamed("greta"));
  const streams = await streamsOf(greta);
  await signalNats("SIGSTOP");
  try {
    const stoppedMs = performance.now();
    const called = codeOf((done) => greta.version({}, { deadline: Date.now() + 3_000 }, done));
    for (const { how, atMs } of await Promise.all(streams.map(({ ended }) => ended))) {
      expect(how).toBe("UNAVAILABLE");
      expect(atMs - stoppedMs).toBeLessThan(5_000 + PROMISED_MS);
    }
    expect(await called).toBe("DEADLINE_EXCEEDED");
  } finally {
    await signalNats("SIGCONT");
  }
  expect(await codeOf((done) => greta.version({}, done))).toBe("OK");
});
