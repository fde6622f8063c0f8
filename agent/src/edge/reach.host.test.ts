import { eventually } from "@seawall/lab";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { TestCa } from "../testing/test-ca.ts";
import { TestController } from "../testing/test-controller.ts";
import { TestNats } from "../testing/test-nats.ts";
import { makeHostKeys, publicKeysOf } from "./certificate-request.ts";
import type { AgentIdentity } from "./identity-store.ts";
import { certificatePem } from "./pem.ts";
import { createReach } from "./reach.ts";

let ca: TestCa;
let nats: TestNats;
let controller: TestController;
let identity: AgentIdentity;

beforeAll(async () => {
  ca = await TestCa.create();
  nats = await TestNats.start(ca);
});

afterAll(async () => {
  controller.stop();
  await nats.stop();
});

beforeEach(async () => {
  controller = await TestController.start({ ca });
  identity = await identityOf(600);
});

async function identityOf(natsTtlSeconds: number): Promise<AgentIdentity> {
  const keys = makeHostKeys();
  const { csrDer } = await publicKeysOf(keys);
  const natsKey = nkeyPair(keys.natsSeed).getPublicKey();
  return {
    ...keys,
    format: 1,
    host: "web-1",
    controllerAddress: controller.mainAddress,
    natsUrl: nats.url,
    caPem: ca.pem,
    certificatePem: certificatePem(await ca.host("web-1", csrDer)),
    natsJwt: await nats.agentJwt("web-1", natsKey, natsTtlSeconds),
    signingKeysPem: ["unused"],
  };
}

/** For as long as one takes at most. */
const attempt = (signal = new AbortController().signal) =>
  createReach({ identity: () => identity, isLive: () => true }).attempt(signal);

/** Where somebody is waited for in vain. */
const shortAttempt = () => attempt(AbortSignal.timeout(2_000));

describe("with NATS and the controller there", () => {
  it("both are reached, every time over connections of its own", async () => {
    expect(await attempt()).toEqual({ kind: "reached" });
    controller.stop();
    expect(await shortAttempt()).toMatchObject({ kind: "unreachable" });
  });

  it("a server that does not like our credentials has been reached all the same", async () => {
    identity = await identityOf(-10);
    expect(await attempt()).toEqual({ kind: "reached" });
  });

  it("a server that our CA does not vouch for is nobody", async () => {
    identity = { ...identity, caPem: (await TestCa.create()).pem };
    expect(await shortAttempt()).toMatchObject({ kind: "unreachable", reason: "NobodyReachable" });
  });
});

describe("who is not reached is told", () => {
  it("the controller", async () => {
    controller.stop();
    // NATS, too, may not answer in time when the machine is busy.
    const withNats = async () => {
      const found = await shortAttempt();
      return found.kind === "unreachable" && found.reason === "NobodyReachable" ? false : found;
    };
    expect(await eventually(withNats, { what: "NATS to be reached" })).toEqual({
      kind: "unreachable",
      reason: "ControllerUnreachable",
      message: `the controller at ${controller.mainAddress}: no connection in time`,
    });
  });

  it("NATS", async () => {
    await nats.kill();
    try {
      expect(await attempt()).toMatchObject({
        kind: "unreachable",
        reason: "NatsUnreachable",
        message: expect.stringContaining(`NATS at ${nats.url}: `) as string,
      });
    } finally {
      await nats.boot();
    }
  });

  it("both, as soon as nobody waits any more", async () => {
    const waiting = new AbortController();
    const found = vi.fn();
    // Nobody answers at such an address, neither yes nor no.
    identity = { ...identity, controllerAddress: "192.0.2.1:7443", natsUrl: "192.0.2.1:7422" };
    void attempt(waiting.signal).then(found);
    waiting.abort();
    await vi.waitFor(() => {
      expect(found).toHaveBeenCalledWith({
        kind: "unreachable",
        reason: "NobodyReachable",
        message:
          "NATS at 192.0.2.1:7422: no connection in time; the controller at 192.0.2.1:7443: no connection in time",
      });
    }, 60_000);
  });
});
