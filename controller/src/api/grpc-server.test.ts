import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { type Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { type AgentServiceHandlers, agentProto, clientProto } from "@seawall/proto";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authority, type AuthorityRecord, type KeyAndCertificate } from "../identity/authority.ts";
import { keyFingerprint } from "../identity/key-fingerprint.ts";
import type { Peer } from "../identity/peer.ts";
import { namelessCertificate } from "../testing/test-certificates.ts";
import { authenticate, peerOf } from "./authenticate.ts";
import { type Listener, listenForPeers } from "./grpc-server.ts";

const { AgentService, ClientService } = { ...agentProto().seawall.v1, ...clientProto().seawall.v1 };
const now = new Date();

let authorityRecord: AuthorityRecord;
let authority: Authority;
let server: KeyAndCertificate;
let user: KeyAndCertificate;
let web1: KeyAndCertificate;
let web1Key: string;
let listener: Listener;
/** What the controller knows of its hosts; a function so that it can be unreadable. */
let enrolledKey: (host: string) => string | undefined;
let seen: (Peer | undefined)[];
let refused: unknown[];
const clients: Client[] = [];

async function hostCertificate(
  by: Authority,
  name: string,
): Promise<KeyAndCertificate & { key: string }> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const certificate = new X509Certificate(await by.issueHost(name, spki, now));
  return {
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    chainPem: certificate.toString(),
    notAfter: new Date(certificate.validTo),
    key: keyFingerprint(publicKey),
  };
}

const handlers: AgentServiceHandlers = {
  Connect: (call) => {
    seen.push(peerOf(call));
    call.write({ welcome: { heartbeatSeconds: 15 } });
    call.on("data", () => undefined);
    call.on("end", () => {
      call.end();
    });
  },
  Renew: (call, answer) => {
    seen.push(peerOf(call));
    answer(null, {});
  },
};

beforeAll(async () => {
  authorityRecord = await Authority.create(now);
  authority = await Authority.load(authorityRecord);
  server = await authority.issueServer(["localhost", "127.0.0.1"], now);
  user = await authority.issueUser("admin", now);
  const issued = await hostCertificate(authority, "web-1");
  web1 = issued;
  web1Key = issued.key;
});

beforeEach(async () => {
  seen = [];
  refused = [];
  enrolledKey = (host) => (host === "web-1" ? web1Key : undefined);
  listener = await listenForPeers({
    address: "127.0.0.1:0",
    certificate: server,
    clientCaPem: authority.certificatePem,
    authenticate: authenticate(
      {
        keyFingerprintOf: (host) => Promise.resolve().then(() => enrolledKey(host)),
        refused: ({ kind, by, about, host, message }, from) =>
          refused.push({ kind, by, about, host, message, from }),
      },
      pino({ level: "silent" }),
    ),
    services: [
      { definition: AgentService.service, handlers },
      {
        definition: ClientService.service,
        handlers: {
          Version: (
            call: Parameters<typeof peerOf>[0],
            answer: (error: null, value: object) => void,
          ) => {
            seen.push(peerOf(call));
            answer(null, {});
          },
        },
      },
    ],
  });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await listener.close(0);
});

function channel(certificate: KeyAndCertificate | undefined) {
  const ca = Buffer.from(authority.certificatePem);
  return certificate === undefined
    ? credentials.createSsl(ca)
    : credentials.createSsl(
        ca,
        Buffer.from(certificate.privateKeyPem),
        Buffer.from(certificate.chainPem),
      );
}

function track<T extends Client>(client: T): T {
  clients.push(client);
  return client;
}

function agent(certificate: KeyAndCertificate | undefined) {
  return track(
    new AgentService(`127.0.0.1:${listener.port}`, channel(certificate), {
      "grpc.use_local_subchannel_pool": 1,
    }),
  );
}

function person(certificate: KeyAndCertificate | undefined) {
  return track(new ClientService(`127.0.0.1:${listener.port}`, channel(certificate)));
}

/** How a unary call ended, as the name of its status. */
function outcome(call: (done: (error: ServiceError | null) => void) => void): Promise<string> {
  return new Promise((resolve) => {
    call((error) => {
      resolve(status[error?.code ?? status.OK]);
    });
  });
}

const renewAs = (client: ReturnType<typeof agent>) => outcome((done) => client.renew({}, done));
const versionAs = (client: ReturnType<typeof person>) =>
  outcome((done) => client.version({}, done));

describe("who may call", () => {
  it("a host with the key it is enrolled with, and the handler is told which", async () => {
    expect(await renewAs(agent(web1))).toBe("OK");
    expect(seen).toEqual([{ kind: "host", name: "web-1", keyFingerprint: web1Key }]);
  });

  it("a user, and the handler is told which", async () => {
    expect(await versionAs(person(user))).toBe("OK");
    expect(seen).toMatchObject([{ kind: "user", name: "admin" }]);
  });

  it("each only its own service", async () => {
    expect(await renewAs(agent(user))).toBe("PERMISSION_DENIED");
    expect(await versionAs(person(web1))).toBe("PERMISSION_DENIED");
    expect(seen).toEqual([]);
    expect(refused).toEqual([
      {
        ...{ kind: "CallRefused", by: "user/admin", about: "call/Renew", host: "" },
        ...{ message: "a user may not call seawall.v1.AgentService", from: "user/admin" },
      },
      {
        ...{ kind: "CallRefused", by: "host/web-1", about: "call/Version", host: "web-1" },
        ...{ message: "a host may not call seawall.v1.ClientService", from: "host/web-1" },
      },
    ]);
  });

  it("nobody whom the certificate does not name", async () => {
    expect(await renewAs(agent(await namelessCertificate(authorityRecord, now)))).toBe(
      "UNAUTHENTICATED",
    );
    expect(seen).toEqual([]);
    expect(refused).toEqual([
      {
        ...{ kind: "CallRefused", by: "", about: "call/Renew", host: "", from: "127.0.0.1" },
        message: "the certificate names neither a host nor a user of this fleet, from 127.0.0.1",
      },
    ]);
  });

  it("nobody without a certificate", async () => {
    expect(await renewAs(agent(undefined))).toBe("UNAVAILABLE");
    expect(await versionAs(person(undefined))).toBe("UNAVAILABLE");
    expect(seen).toEqual([]);
  });

  it("nobody with a certificate of another CA", async () => {
    const stranger = await Authority.load(await Authority.create(now));
    expect(await renewAs(agent(await hostCertificate(stranger, "web-1")))).toBe("UNAVAILABLE");
    expect(seen).toEqual([]);
  });

  it("nobody with a server's certificate of our own CA", async () => {
    expect(await renewAs(agent(server))).toBe("UNAVAILABLE");
    expect(seen).toEqual([]);
  });

  it("no host with another key than it is enrolled with", async () => {
    expect(await renewAs(agent(await hostCertificate(authority, "web-1")))).toBe("UNAUTHENTICATED");
    expect(seen).toEqual([]);
    expect(refused).toEqual([
      {
        ...{ kind: "HostRefused", by: "host/web-1", about: "host/web-1", host: "web-1" },
        message: "host web-1 is not in the fleet with this key; join it again with a new token",
        from: "host/web-1",
      },
    ]);
  });

  it("no host that was deleted, not even over a connection that is open", async () => {
    const client = agent(web1);
    expect(await renewAs(client)).toBe("OK");
    enrolledKey = () => undefined;
    expect(await renewAs(client)).toBe("UNAUTHENTICATED");
    const code = await new Promise((resolve) => {
      client.connect().on("error", (error: ServiceError) => {
        resolve(status[error.code]);
      });
    });
    expect(code).toBe("UNAUTHENTICATED");
    expect(seen).toHaveLength(1);
  });

  it("no host while the hosts cannot be read", async () => {
    enrolledKey = () => {
      throw new Error("the store is away");
    };
    expect(await renewAs(agent(web1))).toBe("UNAVAILABLE");
    expect(seen).toEqual([]);
  });
});

describe("a stream", () => {
  it("passes authentication before its first message is read", async () => {
    const stream = agent(web1).connect();
    stream.write({ hello: { agentVersion: "1" } });
    const welcome = await new Promise((resolve) => stream.once("data", resolve));
    expect(welcome).toMatchObject({ kind: "welcome", welcome: { heartbeatSeconds: 15 } });
    const ended = new Promise((resolve) => stream.once("end", resolve));
    stream.end();
    await ended;
  });
});

describe("the server's certificate", () => {
  const presented = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({
        host: "127.0.0.1",
        port: listener.port,
        ca: authority.certificatePem,
        key: user.privateKeyPem,
        cert: user.chainPem,
        ALPNProtocols: ["h2"],
      });
      socket.once("secureConnect", () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.once("error", reject);
    });

  it("can be replaced while listening", async () => {
    const before = await presented();
    listener.presentCertificate(await authority.issueServer(["localhost", "127.0.0.1"], now));
    expect(await presented()).not.toBe(before);
    expect(await renewAs(agent(web1))).toBe("OK");
  });
});

describe("old protocols", () => {
  it("are refused: TLS 1.1", async () => {
    const error = await new Promise((resolve) => {
      const socket = connect({
        host: "127.0.0.1",
        port: listener.port,
        ca: authority.certificatePem,
        minVersion: "TLSv1.1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      });
      socket.once("error", resolve);
      socket.once("secureConnect", () => {
        resolve("connected");
      });
    });
    expect(error).toBeInstanceOf(Error);
  });
});

describe("closing", () => {
  it("cuts what does not end by itself", async () => {
    const stream = agent(web1).connect();
    const ended = new Promise((resolve) => {
      stream.on("error", resolve);
    });
    await new Promise((resolve) => stream.once("data", resolve));
    await listener.close(10);
    expect(await ended).toMatchObject({ code: expect.any(Number) as unknown });
  });
});

describe("an address in use", () => {
  it("is named", async () => {
    await expect(
      listenForPeers({
        address: `127.0.0.1:${listener.port}`,
        certificate: server,
        clientCaPem: authority.certificatePem,
        authenticate: authenticate(
          { keyFingerprintOf: () => Promise.resolve(undefined), refused: () => undefined },
          pino({ level: "silent" }),
        ),
        services: [],
      }),
    ).rejects.toThrow(`cannot listen on 127.0.0.1:${listener.port}`);
  });
});

afterAll(() => {
  expect(clients).toEqual([]);
});
