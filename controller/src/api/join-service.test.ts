import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { createUser } from "@nats-io/jwt";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import {
  agentProto,
  type JoinRequest,
  type JoinResponse__Output,
  joinProto,
  keyIdOf,
  parseJoinToken,
} from "@seawall/proto";
import pino from "pino";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FleetEvent } from "../core/fleet-event.ts";
import { duplicate } from "../core/testing/duplicate.ts";
import { Authority } from "../identity/authority.ts";
import type { EnrolledHost } from "../identity/enrolled-host.ts";
import { type JoinTokenRecord, makeJoinToken } from "../identity/join-token.ts";
import { peerOfCertificate } from "../identity/peer.ts";
import { createSigningKeyPem, loadSigningKey } from "../identity/signing-key.ts";
import { type Listener, listenForJoins } from "./grpc-server.ts";
import { createJoinService } from "./join-service.ts";
import { renew } from "./renew.ts";

const { JoinService } = joinProto().seawall.v1;
const now = new Date();
const signingKey = loadSigningKey(createSigningKeyPem());

let authority: Authority;
let listener: Listener;
let client: InstanceType<typeof JoinService>;
let request: JoinRequest;
let records: Map<string, { token: JoinTokenRecord; version: number }>;
let hosts: Map<string, EnrolledHost>;
let minted: string[];
let log: string[];
let told: FleetEvent[];
let clock: number;
/** What somebody else does while a host joins. */
let whileMinting: () => void;

const hostStore = {
  get: (name: string) => Promise.resolve(hosts.get(name)),
  create: (host: EnrolledHost) => {
    if (hosts.has(host.name)) return Promise.resolve(false);
    hosts.set(host.name, host);
    return Promise.resolve(true);
  },
};
const mintAgentUser = (host: string, publicKey: string) => {
  whileMinting();
  minted.push(host);
  return Promise.resolve(`jwt of ${host} for ${publicKey}`);
};

beforeAll(async () => {
  authority = await Authority.load(await Authority.create(now));
});

beforeEach(async () => {
  records = new Map();
  hosts = new Map();
  minted = [];
  log = [];
  told = [];
  clock = 0;
  whileMinting = () => undefined;
  const service = createJoinService({
    authority,
    signingKeys: [signingKey],
    tokens: {
      get: (id) => Promise.resolve(records.get(id)),
      replace: (token, version) => {
        if (records.get(token.id)?.version !== version) return Promise.resolve(false);
        records.set(token.id, { token, version: version + 1 });
        return Promise.resolve(true);
      },
    },
    hosts: hostStore,
    mintAgentUser,
    natsUrl: "controller:7422",
    controllerAddress: "controller:7443",
    now: () => now,
    monotonicNow: () => clock,
    record: (event) => {
      told.push(event);
      return Promise.resolve();
    },
    refused: (event) => told.push(event),
    log: pino({ level: "info" }, { write: (line: string) => log.push(line) }),
  });
  listener = await listenForJoins({
    address: "127.0.0.1:0",
    certificate: await authority.issueServer(["127.0.0.1"], now),
    service: { definition: JoinService.service, handlers: service },
  });
  const root = credentials.createSsl(Buffer.from(authority.certificatePem));
  client = new JoinService(`127.0.0.1:${listener.port}`, root, {
    "grpc.use_local_subchannel_pool": 1,
  });
  request = {
    ...token(),
    host: "web-1",
    csrDer: await csr(),
    natsPublicKey: createUser().getPublicKey(),
  };
});

afterEach(async () => {
  client.close();
  await listener.close(0);
});

function token(addressRanges: string[] = []) {
  const expiresAt = new Date(now.getTime() + 60_000);
  const random = Buffer.from(webcrypto.getRandomValues(new Uint8Array(40)));
  const made = makeJoinToken(
    {
      createdBy: "admin",
      uses: 1,
      expiresAt,
      labels: {},
      mode: "Enforce",
      addressRanges,
    },
    authority.fingerprint,
    random,
  );
  records.set(made.record.id, { token: made.record, version: 1 });
  const parsed = parseJoinToken(made.text);
  if (!parsed.ok) throw new Error(parsed.message);
  return { tokenId: parsed.token.id, tokenSecret: parsed.token.secret };
}

async function csr(): Promise<Buffer> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return Buffer.from(
    (await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm })).rawData,
  );
}

function join(wanted: JoinRequest): Promise<JoinResponse__Output | string> {
  return new Promise((resolve) => {
    client.join(wanted, (error, response) => {
      resolve(response ?? `${status[error?.code ?? status.UNKNOWN]} ${error?.details ?? ""}`);
    });
  });
}

describe("Join", () => {
  it("answers with all that the host needs, and logs no secret", async () => {
    const response = await join(request);
    if (typeof response === "string") throw new Error(response);
    expect(peerOfCertificate(response.certificateDer)).toMatchObject({
      kind: "host",
      name: "web-1",
    });
    expect(
      new X509Certificate(response.certificateDer).verify(
        new X509Certificate(response.caDer).publicKey,
      ),
    ).toBe(true);
    expect(response).toMatchObject({
      natsJwt: `jwt of web-1 for ${String(request.natsPublicKey)}`,
      natsUrl: "controller:7422",
      controllerAddress: "controller:7443",
      signingKeys: [{ keyId: keyIdOf(signingKey.publicKey), spkiDer: signingKey.publicKeySpki }],
    });
    expect(log.join("")).toContain('"host":"web-1"');
    expect(log.join("")).toContain("127.0.0.1");
    expect(log.join("")).not.toContain(request.tokenSecret);
  });

  it.each([
    ["a host name with a dot", { host: "web.1" }, "INVALID_ARGUMENT InvalidHostName"],
    ["a host name with a star", { host: "*" }, "INVALID_ARGUMENT InvalidHostName"],
    ["a wrong secret", { tokenSecret: "x".repeat(43) }, "PERMISSION_DENIED WrongToken"],
    ["no certificate request", { csrDer: Buffer.alloc(0) }, "INVALID_ARGUMENT InvalidRequest"],
    [
      "somebody else's kind of nkey",
      { natsPublicKey: "A".repeat(56) },
      "INVALID_ARGUMENT InvalidRequest",
    ],
  ])("refuses %s before anything is minted", async (_what, changes, expected) => {
    expect(await join({ ...request, ...changes })).toContain(expected);
    expect(minted).toEqual([]);
    expect(hosts.size).toBe(0);
  });

  it("refuses a used token and a taken name before anything is minted", async () => {
    await join(request);
    const other = { ...request, csrDer: await csr(), natsPublicKey: createUser().getPublicKey() };
    expect(await join({ ...other, host: "web-2" })).toContain("PERMISSION_DENIED UsedUp");
    expect(await join({ ...other, ...token() })).toContain("ALREADY_EXISTS NameTaken");
    expect(minted).toEqual(["web-1"]);
  });

  it("tells who joined, and who was refused and why", async () => {
    const by = `token/${request.tokenId}`;
    await join(request);
    await join(request);
    await join({ ...request, host: "web-2" });
    await join({ ...request, host: "web.2", tokenId: "x" });
    expect(
      told.map(({ kind, by: token, about, host, message }) => [
        { kind, by: token, about, host },
        message,
      ]),
    ).toEqual([
      [{ kind: "HostJoined", by, about: "host/web-1", host: "web-1" }, "from 127.0.0.1"],
      [{ kind: "JoinRefused", by, about: "host/web-2", host: "web-2" }, "UsedUp, from 127.0.0.1"],
      [{ kind: "JoinRefused", by: "", about: "", host: "" }, "InvalidHostName, from 127.0.0.1"],
    ]);
  });

  it("tells what was approved of who joined, and no secret of anybody", async () => {
    await join(request);
    expect(told.map(({ changes }) => changes)).toEqual([
      [
        { path: "addresses", before: "", after: "[]" },
        { path: "labels", before: "", after: "{}" },
        { path: "mode", before: "", after: '"Enforce"' },
      ],
    ]);
    const secret = "s".repeat(43);
    await join({ ...request, tokenSecret: secret, tokenId: `${secret}.${secret}` });
    await join({ ...request, tokenSecret: secret });
    expect(told).toHaveLength(3);
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(JSON.stringify(told)).not.toContain(request.tokenSecret);
  });

  it("tells of a host that was deleted while it joined", async () => {
    whileMinting = () => {
      hosts.clear();
    };
    expect(await join(request)).toContain("ABORTED Busy: host web-1 was deleted while it joined");
    expect(told.map(({ kind, by, host, message }) => [kind, by, host, message])).toEqual([
      ["JoinRefused", `token/${String(request.tokenId)}`, "web-1", "Busy, from 127.0.0.1"],
    ]);
  });

  it("answers the same keys again", async () => {
    await join(request);
    expect(await join(request)).toMatchObject({ natsUrl: "controller:7422" });
  });

  it("judges and records the address of the connection", async () => {
    expect(await join({ ...request, ...token(["192.0.2.0/24"]) })).toContain(
      "PERMISSION_DENIED AddressNotInRange",
    );
    await join({ ...request, ...token(["127.0.0.0/8"]) });
    expect(hosts.get("web-1")?.addresses).toEqual(["127.0.0.1/32"]);
  });

  it("slows down whoever tries many times", async () => {
    const wrong = { ...request, tokenSecret: "x".repeat(43) };
    const answers = await Promise.all(Array.from({ length: 60 }, () => join(wrong)));
    expect(
      answers.filter(
        (answer) => typeof answer === "string" && answer.startsWith("RESOURCE_EXHAUSTED"),
      ),
    ).toHaveLength(10);
    const limited = { message: "TooManyAtOnce, from 127.0.0.1", by: "", about: "", host: "" };
    expect(told.filter(({ message }) => message.startsWith("TooMany"))).toMatchObject(
      Array(10).fill(limited),
    );
    clock = 1_000;
    expect(await join(wrong)).toContain("WrongToken");
  });

  it("refuses a message larger than any join", async () => {
    expect(await join({ ...request, csrDer: Buffer.alloc(20_000) })).toContain(
      "RESOURCE_EXHAUSTED",
    );
  });
});

describe("the join listener", () => {
  it("offers nothing but Join", async () => {
    const { AgentService } = agentProto().seawall.v1;
    const root = credentials.createSsl(Buffer.from(authority.certificatePem));
    const agent = new AgentService(`127.0.0.1:${listener.port}`, root);
    const code = await new Promise((resolve) => {
      agent.renew({}, (error: ServiceError | null) => {
        resolve(status[error?.code ?? status.OK]);
      });
    });
    agent.close();
    expect(code).toBe("UNIMPLEMENTED");
  });
});

describe("renew", () => {
  const options = () => ({
    authority,
    hosts: hostStore,
    mintAgentUser,
    natsUrl: "controller:7422",
  });
  const asked = () => ({
    csrDer: Buffer.from(request.csrDer ?? ""),
    natsPublicKey: String(request.natsPublicKey),
  });

  async function joined() {
    const response = await join(request);
    const peer =
      typeof response === "string" ? undefined : peerOfCertificate(response.certificateDer);
    if (peer === undefined) throw new Error("did not join");
    return peer;
  }

  it("gives the host new credentials for its own name and keys", async () => {
    const later = new Date(now.getTime() + 15 * 86_400_000);
    const renewal = await renew(await joined(), asked(), options(), later);
    if (!renewal.ok) throw new Error(renewal.details);
    const certificate = new X509Certificate(renewal.response.certificateDer as Buffer);
    expect(peerOfCertificate(certificate.raw)).toMatchObject({ kind: "host", name: "web-1" });
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(later.getTime() + 29 * 86_400_000);
    expect(renewal.response.natsJwt).toContain("jwt of web-1");
  });

  it("refuses new keys", async () => {
    const peer = await joined();
    const otherKey = { ...asked(), csrDer: await csr() };
    const otherNats = { ...asked(), natsPublicKey: createUser().getPublicKey() };
    expect(await renew(peer, otherKey, options(), now)).toMatchObject({
      ok: false,
      code: status.INVALID_ARGUMENT,
    });
    expect(await renew(peer, otherNats, options(), now)).toMatchObject({
      ok: false,
      code: status.INVALID_ARGUMENT,
    });
  });

  it("refuses a host whose keys two agents have, and so does a repeated join", async () => {
    const peer = await joined();
    const host = hosts.get("web-1");
    if (host === undefined) throw new Error("did not join");
    hosts.set("web-1", { ...host, quarantine: duplicate });
    expect(await renew(peer, asked(), options(), now)).toMatchObject({
      ok: false,
      code: status.PERMISSION_DENIED,
    });
    expect(await join(request)).toMatch(
      /^PERMISSION_DENIED Quarantined: host web-1 is quarantined/,
    );
    expect(minted).toEqual(["web-1"]);
  });

  it("refuses a deleted host", async () => {
    const peer = await joined();
    hosts.delete("web-1");
    expect(await renew(peer, asked(), options(), now)).toMatchObject({
      ok: false,
      code: status.UNAUTHENTICATED,
    });
    expect(minted).toEqual(["web-1"]);
  });
});
