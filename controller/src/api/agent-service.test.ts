import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { credentials, type StatusObject, status } from "@grpc/grpc-js";
import { eventually } from "@seawall/lab";
import { agentProto, type HostReport } from "@seawall/proto";
import pino from "pino";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type DuplicateIdentity, quarantineRefusal } from "../core/duplicate-identity.ts";
import { hostStatus } from "../core/host-status.ts";
import { Authority } from "../identity/authority.ts";
import { keyFingerprint } from "../identity/key-fingerprint.ts";
import { IdentityWatch } from "../identity-watch.ts";
import { createAgentService } from "./agent-service.ts";
import { AgentSessions } from "./agent-sessions.ts";
import { authenticate } from "./authenticate.ts";
import { type Listener, listenForPeers } from "./grpc-server.ts";

const { AgentService } = agentProto().seawall.v1;
const now = new Date();
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

let authority: Authority;
let certificate: Buffer;
let listener: Listener;
let sessions: AgentSessions;
let quarantine: DuplicateIdentity | undefined;
let isStoreAway: boolean;
let told: string[][];
const opened: InstanceType<typeof AgentService>[] = [];

beforeAll(async () => {
  authority = await Authority.load(await Authority.create(now));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const issued = await authority.issueHost("web", spki, now);
  certificate = Buffer.from(new X509Certificate(issued).toString());
});

beforeEach(async () => {
  quarantine = undefined;
  isStoreAway = false;
  told = [];
  sessions = new AgentSessions(
    () => 0,
    () => undefined,
  );
  const log = pino({ level: "silent" });
  const identities = new IdentityWatch({
    isQuarantined: () => quarantine !== undefined,
    quarantine: (host, duplicate) => {
      if (isStoreAway) return Promise.reject(new Error("the store is away"));
      quarantine = duplicate;
      sessions.drop(host, "quarantined");
      return Promise.resolve();
    },
    onError: () => undefined,
  });
  const renewal = {
    ...{ authority, natsUrl: "", hosts: { get: () => Promise.resolve(undefined) } },
    mintAgentUser: () => Promise.resolve(""),
  };
  const service = createAgentService({
    ...{ sessions, identities, renewal, heartbeatSeconds: 15, now: () => new Date(), log },
    refused: ({ kind, by, about, host, message }, from) => {
      told.push([kind, by, about, host, from, message]);
    },
  });
  listener = await listenForPeers({
    address: "127.0.0.1:0",
    certificate: await authority.issueServer(["127.0.0.1"], now),
    clientCaPem: authority.certificatePem,
    authenticate: authenticate(
      {
        keyFingerprintOf: () => Promise.resolve(keyFingerprint(publicKey)),
        refused: () => undefined,
      },
      log,
    ),
    services: [{ definition: AgentService.service, handlers: service }],
  });
});

afterEach(async () => {
  for (const client of opened.splice(0)) client.close();
  await listener.close(0);
});

/** Of a machine that has the host's keys. */
function newClient() {
  const client = new AgentService(
    `127.0.0.1:${listener.port}`,
    credentials.createSsl(
      Buffer.from(authority.certificatePem),
      Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
      certificate,
    ),
    { "grpc.use_local_subchannel_pool": 1 },
  );
  opened.push(client);
  return client;
}

function machine() {
  const client = newClient();
  /** Opens a stream, or only reports on one; `ended` is how the controller ended it, in words. */
  return async (instanceId: string | undefined) => {
    const stream = client.connect();
    stream.on("error", () => undefined);
    const ended = new Promise<string>((resolve) => {
      stream.on("status", ({ code, details }: StatusObject) => {
        resolve(`${status[code]} ${details}`);
      });
    });
    const welcomed = new Promise<void>((resolve) => {
      stream.once("data", () => {
        resolve();
      });
    });
    if (instanceId === undefined) {
      stream.write({ report: { state: "HOST_STATE_IN_SYNC" } });
      stream.end();
      return { ended, report: () => undefined };
    }
    stream.write({ hello: { agentVersion: "1", bootId: "b", instanceId } });
    await Promise.race([welcomed, ended]);
    const report = (said: HostReport) => {
      stream.write({ report: said });
    };
    return { ended, report };
  };
}

const takenOver = "ABORTED a newer stream of this host took over";

test("an agent that comes back takes over from its half-dead stream, as often as it likes", async () => {
  const open = machine();
  let before = await open("a");
  for (let turn = 0; turn < 10; turn++) {
    const next = await open("a");
    expect(await before.ended).toBe(takenOver);
    before = next;
  }
  expect(quarantine).toBeUndefined();
});

test("two agents with the keys of one host are found when they take turns, and neither is let in any more", async () => {
  const [own, clone] = [machine(), machine()];
  const streams = [await own("a")];
  for (const turn of ["b", "a", "b", "a"]) {
    streams.push(await (turn === "a" ? own : clone)(turn));
    if (turn === "b") expect(quarantine).toBeUndefined();
  }
  expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([
    ...Array<string>(4).fill(takenOver),
    "PERMISSION_DENIED quarantined",
  ]);
  expect(quarantine?.agents).toMatchObject([
    { instance: "a", address: "127.0.0.1" },
    { instance: "b", address: "127.0.0.1" },
  ]);
  for (const [open, instance] of [
    [own, "a"],
    [clone, "b"],
    [clone, "c"],
  ] as const) {
    expect(await (await open(instance)).ended).toMatch(/^PERMISSION_DENIED host web is quarant/);
  }
  expect(sessions.isConnected("web")).toBe(false);
  const message = quarantineRefusal("web");
  expect(told).toEqual(
    Array(3).fill(["HostRefused", "host/web", "host/web", "web", "host/web", message]),
  );
});

test("a renewal that is refused is told", async () => {
  const client = newClient();
  const answer = await new Promise((resolve) => {
    client.renew({}, (error) => {
      resolve(`${status[error?.code ?? status.OK]} ${error?.details ?? ""}`);
    });
  });
  const details = "web is not a host of the fleet with this key; join it again with a new token";
  expect(answer).toBe(`UNAUTHENTICATED ${details}`);
  expect(told).toEqual([
    ["HostRefused", "host/web", "host/web", "web", "host/web", `renewal: ${details}`],
  ]);
});

test("a quarantine that the store does not take is tried again at the next turn", async () => {
  isStoreAway = true;
  const [own, clone] = [machine(), machine()];
  for (let turn = 0; turn < 4; turn++) {
    await own("a");
    await clone("b");
  }
  isStoreAway = false;
  await (await own("a")).ended;
  expect(quarantine).toBeDefined();
});

test("when it is over, both have to take turns anew before they are found again", async () => {
  const [own, clone] = [machine(), machine()];
  for (const turn of ["a", "b", "a", "b", "a"]) await (turn === "a" ? own : clone)(turn);
  quarantine = undefined;
  await clone("b");
  await own("a");
  expect(quarantine).toBeUndefined();
  expect(sessions.isConnected("web")).toBe(true);
});

test("a stolen host key: a report that lies is believed of this host, and says nothing of another", async () => {
  const stream = await machine()("thief");
  stream.report({
    ...{ state: "HOST_STATE_IN_SYNC", observedEpoch: 1, observedGeneration: 7, bundleDigest: "cd" },
    inventory: { addresses: ["198.51.100.1"] },
  });
  const received = await eventually(() => sessions.report("web"), { what: "the report" });
  const known = { epoch: 1, generation: 7, bundleDigest: "cd", bundle: "current" } as const;
  const { report } = received;
  expect(hostStatus({ ...known, report, reportAgeMs: 0, everReported: true }).state).toBe("InSync");
  expect(sessions.report("db")).toBeUndefined();
});

test("who does not say which agent it is takes nobody's place", async () => {
  const own = await machine()("a");
  const nameless = await machine()(undefined);
  expect(await nameless.ended).toBe("OK OK");
  expect(await Promise.race([own.ended, Promise.resolve("goes on")])).toBe("goes on");
  expect(sessions.isConnected("web")).toBe(true);
});

test("who keeps quiet is cut off with its host", async () => {
  const stream = newClient().connect();
  let ended: string | undefined;
  stream
    .on("error", () => undefined)
    .on("status", ({ code, details }: StatusObject) => {
      ended = `${status[code]} ${details}`;
    });
  // As soon as the controller has heard of it.
  await expect
    .poll(() => {
      sessions.drop("web", "host web was deleted");
      return ended;
    })
    .toBe("PERMISSION_DENIED host web was deleted");
});
