import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/jwt";
import { eventually, natsServerPath } from "@seawall/lab";
import { connect, jwtAuthenticator } from "nats";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bus, openBus } from "./bus.ts";
import { Authority } from "./identity/authority.ts";
import { createNatsKeys } from "./nats/nats-keys.ts";
import { presentedFingerprint } from "./nats/presented-fingerprint.ts";
import { mintAgentUser } from "./nats/user-credentials.ts";
import { StoreError } from "./store/store-error.ts";
import { freePort } from "./testing/free-port.ts";

const keys = createNatsKeys();
let authority: Authority;
let stateDirectory: string;
let natsPort: number;
let bus: Bus;

/** With a server of its own, or the one at this address. */
async function open(natsUrl?: string): Promise<Bus> {
  return await openBus({
    config: {
      stateDirectory,
      advertise: ["127.0.0.1"],
      listenAddress: "127.0.0.1",
      grpcPort: 1,
      joinPort: 1,
      natsPort,
      natsServer: await natsServerPath(),
      natsUrl,
      eventsMaxAge: "1h",
      eventsMaxBytes: 1 << 20,
    },
    keys,
    caPem: authority.certificatePem,
    certificate: await authority.issueServer(["127.0.0.1", "localhost"], new Date()),
    log: pino({ level: "silent" }),
  });
}

beforeAll(async () => {
  authority = await Authority.load(await Authority.create(new Date()));
  stateDirectory = await mkdtemp(join(tmpdir(), "seawall-bus-"));
  natsPort = await freePort();
  bus = await open();
});
afterAll(async () => {
  await bus.stop();
  await rm(stateDirectory, { recursive: true });
});

it("presents a new certificate while it runs, and forgets no revocation over it", async () => {
  const user = createUser();
  const publicKey = user.getPublicKey();
  const jwt = await mintAgentUser(keys, { host: "gone", publicKey, nowMs: Date.now() });
  const asDeletedHost = () =>
    connect({
      servers: `127.0.0.1:${String(natsPort)}`,
      tls: { ca: authority.certificatePem },
      authenticator: jwtAuthenticator(jwt, user.getSeed()),
      reconnect: false,
    });
  await (await asDeletedHost()).close();
  await bus.revoke(new Map([[publicKey, Math.floor(Date.now() / 1_000) + 2]]));
  await expect(asDeletedHost()).rejects.toThrow("Authorization Violation");

  const renewed = await authority.issueServer(["127.0.0.1", "localhost"], new Date());
  await bus.presentCertificate(renewed);
  expect(await presentedFingerprint("127.0.0.1", natsPort)).toBe(
    new X509Certificate(renewed.chainPem).fingerprint256,
  );
  await expect(asDeletedHost()).rejects.toThrow("Authorization Violation");
  await eventually(() => bus.store.rtt(), { what: "the controller's own connection" });
});

it("leaves no connection behind when the server goes away before it has both", async () => {
  const clients: Socket[] = [];
  const between = createServer((client) => {
    clients.push(client);
    if (clients.length > 1) client.destroy();
    else client.pipe(createConnection({ host: "127.0.0.1", port: natsPort })).pipe(client);
  });
  const port = await freePort();
  between.listen(port, "127.0.0.1");
  await once(between, "listening");
  await expect(open(`127.0.0.1:${String(port)}`)).rejects.toThrow("cannot reach NATS");
  const [first] = clients;
  await eventually(() => first?.destroyed, { what: "the first connection to end" });
  between.close();
});

it("says in words that there is nobody to be told of revocations", async () => {
  const other = await open(`127.0.0.1:${String(natsPort)}`);
  await other.stop();
  await expect(other.revoke(new Map())).rejects.toThrow(StoreError);
});
