import { generateKeyPairSync } from "node:crypto";
import { type Bundle, decodeBundle, encodeBundle } from "@seawall/policy";
import { bellSubject, keyIdOf, seal } from "@seawall/proto";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import type { KV, NatsConnection } from "nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock } from "../ports.ts";
import { TestCa } from "../testing/test-ca.ts";
import { TestNats } from "../testing/test-nats.ts";
import { makeHostKeys } from "./certificate-request.ts";
import { NatsDesiredSource } from "./desired-source.ts";
import type { AgentIdentity } from "./identity-store.ts";
import { LiveIdentity } from "./live-identity.ts";
import { systemClock } from "./system-clock.ts";

const clock: Clock = { ...systemClock, random: () => 0 };
const signing = generateKeyPairSync("ed25519");
const keyId = keyIdOf(signing.publicKey);
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

let ca: TestCa;
let nats: TestNats;
let connection: NatsConnection;
let desired: KV;
let live: LiveIdentity;
let source: NatsDesiredSource;
let stop: AbortController;
let running: Promise<void>;
let host = "";
let counter = 0;
const onUnauthorized = vi.fn();

beforeAll(async () => {
  ca = await TestCa.create();
  nats = await TestNats.start(ca);
  connection = await nats.controller();
  desired = await nats.desired(connection);
});
afterAll(async () => {
  await nats.stop();
});

beforeEach(() => {
  host = `web-${++counter}`;
  onUnauthorized.mockClear();
  for (const level of Object.values(log)) level.mockClear();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
});

async function identity(ttlSeconds = 600, by = nats): Promise<AgentIdentity> {
  const keys = makeHostKeys();
  const publicKey = nkeyPair(keys.natsSeed).getPublicKey();
  return {
    ...keys,
    format: 1,
    host,
    controllerAddress: "",
    natsUrl: nats.url,
    caPem: ca.pem,
    certificatePem: "",
    natsJwt: await by.agentJwt(host, publicKey, ttlSeconds),
    signingKeysPem: [signing.publicKey.export({ type: "spki", format: "pem" }).toString()],
  };
}

function run(initial: AgentIdentity) {
  live = new LiveIdentity(initial, { write: () => Promise.resolve() });
  source = new NatsDesiredSource({
    identity: live,
    decode: decodeBundle,
    onUnauthorized,
    clock,
    log,
  });
  running = source.run(stop.signal);
}

function bundle(generation: number, changes: Partial<Bundle> = {}): Buffer {
  const plain: Bundle = {
    format: 1,
    requires: [],
    host,
    epoch: 1,
    generation,
    revision: 1,
    desired: { policies: [] },
    ...changes,
  };
  return seal("bundle", encodeBundle(plain), { keyId, privateKey: signing.privateKey });
}

function generation(): number | string {
  const latest = source.latest();
  return latest.kind === "bundle"
    ? latest.bundle.generation
    : latest.kind === "refused"
      ? latest.refusal.reason
      : "none";
}

const becomes = (expected: number | string) =>
  vi.waitFor(
    () => {
      expect(generation()).toBe(expected);
    },
    { timeout: 60_000, interval: 10 },
  );
const connected = () =>
  vi.waitFor(
    () => {
      expect(source.isConnected).toBe(true);
    },
    { timeout: 60_000, interval: 10 },
  );

describe("a host's bundle", () => {
  it("is none before there is one, and heard of as soon as there is", async () => {
    run(await identity());
    const told = vi.fn();
    source.onChange(told);
    await vi.waitFor(() => {
      expect(told).toHaveBeenCalled();
    }, 60_000);
    expect(generation()).toBe("none");
    await desired.put(host, bundle(1));
    // Rung: by the timer it would be found after four minutes.
    await becomes(1);
  });

  it("is fetched at the start, with its bytes as they were signed", async () => {
    const envelope = bundle(4);
    await desired.put(host, envelope);
    run(await identity());
    await becomes(4);
    const latest = source.latest();
    expect(latest.kind === "bundle" && Buffer.from(latest.bundle.envelope).equals(envelope)).toBe(
      true,
    );
  });

  it("that was deleted is none, and never an empty one", async () => {
    await desired.put(host, bundle(1));
    run(await identity());
    await becomes(1);
    await desired.delete(host);
    await becomes("none");
    await desired.purge(host);
    await desired.put(host, bundle(2));
    await becomes(2);
  });

  it("is not replaced by an older one, nor by somebody else's, nor by an unsigned one", async () => {
    await desired.put(host, bundle(5));
    run(await identity());
    await becomes(5);
    await desired.put(host, bundle(4));
    await becomes("OlderGeneration");
    await desired.put(host, bundle(6, { host: "web-0" }));
    await becomes("WrongHost");
    const stranger = generateKeyPairSync("ed25519").privateKey;
    await desired.put(host, seal("bundle", Buffer.from("x"), { keyId, privateKey: stranger }));
    await becomes("BadSignature");
    await desired.put(host, Buffer.from("flush all rules"));
    await becomes("Malformed");
    await desired.put(host, bundle(7));
    await becomes(7);
    expect(log.error).toHaveBeenCalledTimes(4);
  });

  it("is right whatever the bell says", async () => {
    await desired.put(host, bundle(1));
    run(await identity());
    await becomes(1);
    const { headers } = await import("nats");
    const lie = headers();
    lie.set("Nats-Sequence", "999999999");
    for (let ring = 0; ring < 200; ring++)
      connection.publish(bellSubject(host), Buffer.from("junk"), { headers: lie });
    await desired.put(host, bundle(2));
    await becomes(2);
    expect(source.isConnected).toBe(true);
  });
});

describe("the connection", () => {
  it("comes back after the server's death, and what was missed is fetched", async () => {
    await desired.put(host, bundle(1));
    run(await identity());
    await becomes(1);
    await nats.kill();
    await vi.waitFor(() => {
      expect(source.isConnected).toBe(false);
    }, 60_000);
    expect(generation()).toBe(1);
    await nats.boot();
    await vi.waitFor(
      async () => {
        await desired.put(host, bundle(2));
      },
      { timeout: 60_000 },
    );
    await becomes(2);
  });

  it("ends when the credentials expire; renewed ones are used then", async () => {
    await desired.put(host, bundle(1));
    // Long enough to be used at all, however busy the machine.
    run(await identity(6));
    await becomes(1);
    await vi.waitFor(
      () => {
        expect(onUnauthorized).toHaveBeenCalled();
      },
      { timeout: 60_000 },
    );
    const renewed = await identity();
    await live.replace(renewed);
    await desired.put(host, bundle(2));
    await becomes(2);
  });

  it("is made anew with renewed credentials before the old ones expire", async () => {
    run(await identity());
    await connected();
    const before = log.info.mock.calls.length;
    await live.replace(await identity());
    await vi.waitFor(
      () => {
        expect(log.info.mock.calls.length).toBe(before + 1);
      },
      { timeout: 60_000 },
    );
    await desired.put(host, bundle(1));
    await becomes(1);
  });

  it("asks for new credentials when these are not of this server", async () => {
    const own = await identity();
    const other = await TestNats.start(ca);
    run({ ...(await identity(600, other)), natsUrl: own.natsUrl });
    await vi.waitFor(
      () => {
        expect(onUnauthorized).toHaveBeenCalled();
      },
      { timeout: 60_000 },
    );
    expect(source.isConnected).toBe(false);
    await other.stop();
  });

  it("is not made to a server of another CA", async () => {
    run({ ...(await identity()), caPem: (await TestCa.create()).pem });
    await refusedBecause(/certificate/);
  });

  it("is not made to a server whose certificate is for another name", async () => {
    const other = await TestNats.start(ca, ["seawall.example", "localhost"]);
    run({ ...(await identity(600, other)), natsUrl: other.url });
    await refusedBecause(/127\.0\.0\.1 is not in the cert's list/);
    await other.stop();
  });
});

async function refusedBecause(reason: RegExp): Promise<void> {
  await vi.waitFor(
    () => {
      expect(log.warn).toHaveBeenCalledWith(
        { reason: expect.stringMatching(reason) as unknown },
        "no connection to NATS",
      );
    },
    { timeout: 60_000 },
  );
  expect(source.isConnected).toBe(false);
}
