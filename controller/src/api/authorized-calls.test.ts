import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import type { Role } from "@seawall/policy";
import { clientProto } from "@seawall/proto";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FleetEvent } from "../core/fleet-event.ts";
import { firstUser } from "../first-user.ts";
import { Authority, type KeyAndCertificate } from "../identity/authority.ts";
import { makeJoinToken } from "../identity/join-token.ts";
import { keyFingerprint } from "../identity/key-fingerprint.ts";
import { reportSigner } from "../identity/sign-report.ts";
import { createSigningKeyPem, loadSigningKey } from "../identity/signing-key.ts";
import type { User } from "../identity/user.ts";
import { MemoryFleet } from "../testing/memory-fleet.ts";
import { authenticate } from "./authenticate.ts";
import { createClientService } from "./client-service.ts";
import { type Listener, listenForPeers } from "./grpc-server.ts";
import { requiredRoles } from "./required-roles.ts";

const { service } = clientProto().seawall.v1.ClientService;
const now = new Date();
const log = pino({ level: "silent" });
const signingKey = loadSigningKey(createSigningKeyPem());

const { record: token } = makeJoinToken(
  {
    ...{ createdBy: "oscar", uses: 2, expiresAt: new Date(now.getTime() + 60_000), labels: {} },
    ...{ mode: "Enforce", addressRanges: [] },
  },
  "ab".repeat(32),
  Buffer.alloc(40, 7),
);

let authority: Authority;
let listener: Listener;
/** Names somebody who may all, with another key than hers. */
let stolen: KeyAndCertificate;
let host: KeyAndCertificate;
const certificates = new Map<string, KeyAndCertificate>();
const users = new Map<string, User>();
let told: FleetEvent[] = [];
/** Until then users are not read: the store does not answer. */

const people: readonly (readonly [name: string, role: Role])[] = [
  ["vera", "viewer"],
  ["oscar", "operator"],
  ["greta", "guardrail-admin"],
];

beforeAll(async () => {
  authority = await Authority.load(await Authority.create(now));
  for (const name of ["vera", "oscar", "greta", "nobody"]) {
    certificates.set(name, await authority.issueUser(name, now));
  }
  stolen = await authority.issueUser("greta", now);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  host = {
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    chainPem: new X509Certificate(await authority.issueHost("web", spki, now)).toString(),
    notAfter: now,
  };
  listener = await listenForPeers({
    address: "127.0.0.1:0",
    certificate: await authority.issueServer(["127.0.0.1"], now),
    clientCaPem: authority.certificatePem,
    authenticate: authenticate(
      {
        keyFingerprintOf: () => Promise.resolve(undefined),
        refused: (event) => told.push(event),
      },
      log,
    ),
    services: [{ definition: service, handlers: handlers() }],
  });
});

beforeEach(() => {
  users.clear();
  for (const [name, role] of people) {
    const key = keyFingerprint(createPublicKey(certificate(name).privateKeyPem));
    users.set(name, { ...firstUser(name, key, now), role });
  }
});

afterAll(async () => {
  for (const client of clients.values()) client.close();
  await listener.close(0);
});

function certificate(name: string): KeyAndCertificate {
  const found = certificates.get(name);
  if (found === undefined) throw new Error(`no certificate of ${name}`);
  return found;
}

const fleet = new MemoryFleet();
fleet.pending.add("gone");

function handlers() {
  return createClientService({
    fleet,
    users: {
      find: (name) => Promise.resolve(users.get(name)),
      list: () => Promise.resolve([...users.values()]),
      create: () => Promise.resolve(true),
      delete: () => Promise.resolve(true),
      issueCertificate: (name, key) => authority.issueUserKey(name, key, now),
      now: () => now,
    },
    history: {
      ...{ epoch: 1, signingKey: Buffer.from("key") },
      revisions: {
        numbers: () => Promise.resolve([]),
        stored: () => Promise.resolve([]),
        storedObject: () => Promise.resolve(undefined),
      },
    },
    events: {
      since: () => Promise.resolve(1),
      // biome-ignore lint/correctness/useYield: there are none
      read: async function* () {
        return await Promise.resolve(1);
      },
      ...{ onAppend: () => () => undefined, lost: () => 0 },
    },
    record: (event) => {
      told.push(event);
      return Promise.resolve();
    },
    refused: (event) => told.push(event),
    tokens: {
      ...{ caFingerprint: "", joinAddress: "", now: () => now },
      store: () => Promise.resolve(),
      list: () => Promise.resolve([]),
      delete: (id) => Promise.resolve({ ...token, id }),
    },
    announcePreview: () => Promise.resolve(undefined),
    askPreview: () => Promise.resolve({ ok: false, reason: "NotConnected", message: "" }),
    observe: () => Promise.resolve({ ok: false, reason: "NotConnected", message: "" }),
    askFlows: () => () => undefined,
    reports: { sign: reportSigner(authority, signingKey), now: () => now, epoch: 1 },
    controller: { ports: [] },
    versions: () => ({ version: "", natsServer: "", node: "" }),
    log,
  });
}

type Call = keyof typeof requiredRoles;

/** One connection for each: who calls is asked at every call. */
const clients = new Map<KeyAndCertificate, Client>();

function clientOf(of: KeyAndCertificate): Client {
  const client = clients.get(of) ?? newClient(of);
  clients.set(of, client);
  return client;
}

function newClient({ privateKeyPem, chainPem }: KeyAndCertificate): Client {
  const pem = [authority.certificatePem, privateKeyPem, chainPem].map((text) => Buffer.from(text));
  const options = { "grpc.use_local_subchannel_pool": 1 };
  return new Client(`127.0.0.1:${String(listener.port)}`, credentials.createSsl(...pem), options);
}

/** What becomes of a call: refused for who calls, or let in, whatever comes of it then. */
async function outcome(
  call: Call,
  by: KeyAndCertificate,
  request: object = call === "Flows" ? { forMs: 1 } : {},
): Promise<string> {
  const client = clientOf(by);
  const { path, requestSerialize, responseDeserialize, responseStream } = service[call];
  const code = await new Promise<status>((resolve) => {
    const done = (error: ServiceError | null) => {
      resolve(error?.code ?? status.OK);
    };
    const serialize = requestSerialize;
    if (!responseStream) {
      client.makeUnaryRequest(path, serialize, responseDeserialize, request, done);
      return;
    }
    const stream = client.makeServerStreamRequest(path, serialize, responseDeserialize, request);
    stream.on("error", done).on("end", () => {
      done(null);
    });
    stream.once("data", () => {
      done(null);
      stream.cancel();
    });
  });
  const refused = [status.PERMISSION_DENIED, status.UNAUTHENTICATED, status.UNIMPLEMENTED];
  return refused.includes(code) ? status[code] : "yes";
}

const no = "PERMISSION_DENIED";

/** Every role against every call: this is what is promised. */
const promised: readonly (readonly [
  call: Call,
  viewer: string,
  operator: string,
  admin: string,
])[] = [
  ["Apply", no, "yes", "yes"],
  ["Preview", "yes", "yes", "yes"],
  ["Delete", no, "yes", "yes"],
  ["Diff", "yes", "yes", "yes"],
  ["History", "yes", "yes", "yes"],
  ["Get", "yes", "yes", "yes"],
  ["Rollout", "yes", "yes", "yes"],
  ["ChangeRollout", no, "yes", "yes"],
  ["Undo", no, "yes", "yes"],
  ["Watch", "yes", "yes", "yes"],
  ["LabelHost", no, "yes", "yes"],
  ["SetHost", no, "yes", "yes"],
  ["DeleteHost", no, "yes", "yes"],
  ["Compliance", "yes", "yes", "yes"],
  ["Trace", "yes", "yes", "yes"],
  ["Exposure", "yes", "yes", "yes"],
  ["Flows", "yes", "yes", "yes"],
  ["Events", "yes", "yes", "yes"],
  ["CreateToken", no, "yes", "yes"],
  ["ListTokens", "yes", "yes", "yes"],
  ["RevokeToken", no, "yes", "yes"],
  ["CreateUser", no, no, "yes"],
  ["RevokeUser", no, no, "yes"],
  ["ListUsers", "yes", "yes", "yes"],
  ["WhoAmI", "yes", "yes", "yes"],
  ["Version", "yes", "yes", "yes"],
];

test("every call of the service has a role, and a line in this table", () => {
  const calls = Object.keys(service).sort();
  expect(Object.keys(requiredRoles).sort()).toEqual(calls);
  expect(promised.map(([call]) => call).sort()).toEqual(calls);
});

describe("who may call", () => {
  test.for(promised)(
    "%s: viewer %s, operator %s, guardrail-admin %s",
    async ([call, ...expected]) => {
      const got: string[] = [];
      for (const [name] of people) got.push(await outcome(call, certificate(name)));
      expect(got).toEqual(expected);
    },
  );

  test.for(promised)(
    "%s: nobody who is not known, or was made anew with another key",
    async ([call]) => {
      expect(await outcome(call, certificate("nobody"))).toBe("UNAUTHENTICATED");
      expect(await outcome(call, stolen)).toBe("UNAUTHENTICATED");
    },
  );

  test.for(promised)("%s: nobody with the certificate of a host", async ([call]) => {
    expect(await outcome(call, host)).toBe("PERMISSION_DENIED");
  });

  test("who may not call is told as an event, with the call", async () => {
    told = [];
    await outcome("SetHost", certificate("vera"));
    await outcome("Get", certificate("nobody"));
    await outcome("Get", certificate("vera"));
    expect(told.map(({ kind, by, about, message }) => [kind, by, about, message])).toEqual([
      [
        ...["CallRefused", "user/vera", "call/SetHost"],
        "SetHost needs the role operator, and vera is viewer",
      ],
      [...["CallRefused", "user/nobody", "call/Get"], "user nobody is not known with this key"],
    ]);
  });

  const manifest = (content: string) => ({ files: [{ name: "p.yaml", content }] });
  const bad = manifest("{apiVersion: seawall/v1, kind: AddressGroup, metadata: {name: a}}");
  const good = manifest(
    "{apiVersion: seawall/v1, kind: AddressGroup, metadata: {name: a}, spec: {cidrs: [10.0.0.0/8]}}",
  );
  const guardrail = manifest(
    "{apiVersion: seawall/v1, kind: FleetPolicy, metadata: {name: p}, spec: {tier: Guardrail, hostSelector: {}, ingress: {defaultAction: Deny}}}",
  );
  const secret = "01".repeat(8);

  test.for<
    readonly [name: string, call: Call, request: object, reasons: readonly (string | RegExp)[]]
  >([
    ["manifests that are none", "Apply", bad, [/^ChangeRefused p\.yaml:1:\d+.*spec/]],
    ["the same, only asked", "Apply", { ...bad, dryRun: true }, []],
    [
      "a revision that is not the newest",
      "Apply",
      { ...good, ifRevision: 7 },
      [/^ChangeRefused the newest revision is 0, not 7: somebody else/],
    ],
    [
      "a change of guardrails",
      "Apply",
      guardrail,
      ["CallRefused this changes FleetPolicy/p, which belongs to the tier Guardrail"],
    ],
    [
      "an object that there is not",
      "Delete",
      { objects: [{ kind: "FleetPolicy", name: "x" }] },
      ["ChangeRefused FleetPolicy/x not found"],
    ],
    ["a host that is deleted and not cut off yet", "DeleteHost", { host: "gone" }, []],
    ["a host that there is not", "LabelHost", { host: "x" }, ['ChangeRefused host "x" not found']],
    [
      "a rollout that there is not",
      "ChangeRollout",
      { action: "pause" },
      ["ChangeRefused there has been no rollout yet"],
    ],
    [
      "a token's secret in place of its id",
      "RevokeToken",
      { id: `${secret}.secret` },
      ["ChangeRefused that is not the id of a token"],
    ],
    ["what is only read", "Get", { kind: "Host", name: "x" }, []],
  ])(
    "a change that is refused is told, with who and why: %s",
    async ([, call, request, reasons]) => {
      told = [];
      await outcome(call, certificate("oscar"), request);
      expect(told.map(({ by, about }) => [by, about])).toEqual(
        reasons.map(() => ["user/oscar", `call/${call}`]),
      );
      reasons.forEach((reason, i) => {
        expect(`${told[i]?.kind ?? ""} ${told[i]?.message ?? ""}`).toMatch(reason);
      });
    },
  );

  test("a change that is made is no refusal", async () => {
    told = [];
    await outcome("Apply", certificate("oscar"), good);
    expect(told).toEqual([]);
  });

  test("what is done about users and tokens is told as events", async () => {
    told = [];
    const [{ privateKeyPem }] = [certificate("vera")];
    const publicKeySpki = createPublicKey(privateKeyPem).export({ type: "spki", format: "der" });
    const greta = certificate("greta");
    await outcome("CreateUser", greta, { name: "new", role: "viewer", publicKeySpki });
    await outcome("RevokeUser", greta, { name: "vera" });
    await outcome("RevokeToken", greta, { id: "01".repeat(8) });
    await outcome("RevokeUser", greta, { name: "nobody" });
    const changes = (all: FleetEvent["changes"]) =>
      all.map(({ path, before, after }) => `${path}: ${before || "none"} -> ${after || "none"}`);
    expect(told.map((it) => [it.kind, it.by, it.about, ...changes(it.changes)])).toEqual([
      ["UserCreated", "user/greta", "user/new", 'role: none -> "viewer"'],
      ["UserRevoked", "user/greta", "user/vera", 'role: "viewer" -> none'],
      [
        ...["TokenRevoked", "user/greta", `token/${"01".repeat(8)}`],
        `expiresAt: "${token.expiresAt}" -> none`,
        'state: "Valid" -> "Revoked"',
        "usesLeft: 2 -> none",
      ],
      ["ChangeRefused", "user/greta", "call/RevokeUser"],
    ]);
  });

  test.for(["Apply", "Delete"] as const)("%s: a viewer, when nothing is changed", async (call) => {
    const dry =
      call === "Apply"
        ? { dryRun: true }
        : { dryRun: true, objects: [{ kind: "FleetPolicy", name: "x" }] };
    expect(await outcome(call, certificate("vera"), dry)).toBe("yes");
  });
});

describe("a revoked user", () => {
  test("is refused at the next call, over a connection that is open", async () => {
    const { ClientService } = clientProto().seawall.v1;
    const client = new ClientService(
      `127.0.0.1:${String(listener.port)}`,
      credentials.createSsl(
        Buffer.from(authority.certificatePem),
        Buffer.from(certificate("vera").privateKeyPem),
        Buffer.from(certificate("vera").chainPem),
      ),
    );
    const version = () =>
      new Promise((resolve) => {
        client.version({}, (error) => {
          resolve(status[error?.code ?? status.OK]);
        });
      });
    expect(await version()).toBe("OK");
    users.delete("vera");
    expect(await version()).toBe("UNAUTHENTICATED");
    client.close();
  });

  const calls = ["Watch", "Events"] as const;

  /** Opens a stream that goes on until somebody ends it; how and when that is. */
  async function open(call: (typeof calls)[number]) {
    const { ClientService } = clientProto().seawall.v1;
    const { privateKeyPem, chainPem } = certificate("vera");
    const client = new ClientService(
      `127.0.0.1:${String(listener.port)}`,
      credentials.createSsl(
        Buffer.from(authority.certificatePem),
        Buffer.from(privateKeyPem),
        Buffer.from(chainPem),
      ),
    );
    const stream =
      call === "Watch" ? client.watch({ kind: "Host" }) : client.events({ follow: true });
    stream.once("status", () => {
      client.close();
    });
    const ended = new Promise<string | undefined>((resolve) => {
      stream.once("error", ({ code }: ServiceError) => {
        resolve(status[code]);
      });
    });
    await new Promise((resolve) => stream.once("data", resolve));
    return { ended };
  }

  test.for(calls)("is cut from an open %s", async (call) => {
    const { ended } = await open(call);
    users.delete("vera");
    expect(await ended).toBe("UNAUTHENTICATED");
  });
});
