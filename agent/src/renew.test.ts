import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeHostKeys, publicKeysOf } from "./edge/certificate-request.ts";
import type { AgentIdentity } from "./edge/identity-store.ts";
import { LiveIdentity } from "./edge/live-identity.ts";
import { certificatePem } from "./edge/pem.ts";
import { systemClock } from "./edge/system-clock.ts";
import type { Clock } from "./ports.ts";
import { CredentialRenewal, lifetimesOf, renewalRetryMs, renewalTime } from "./renew.ts";
import { refusal, TestController, testNatsJwt } from "./testing/test-controller.ts";

const HOUR = 3_600_000;

describe("renewalTime", () => {
  it.each([
    ["at half", [{ from: 0, until: 100 }], 0.5, 50],
    ["a tenth of that earlier", [{ from: 0, until: 100 }], 0, 45],
    ["a tenth of that later", [{ from: 0, until: 100 }], 1, 55],
    [
      "of the shorter life",
      [
        { from: 0, until: 1_000 },
        { from: 0, until: 100 },
      ],
      0.5,
      50,
    ],
    [
      "of the life that began earlier",
      [
        { from: 50, until: 150 },
        { from: 0, until: 100 },
      ],
      0.5,
      50,
    ],
  ])("is %s", (_what, lifetimes, random, expected) => {
    expect(renewalTime(lifetimes, random)).toBeCloseTo(expected);
  });
});

describe("renewalRetryMs", () => {
  it.each([
    [1, 0, 2_500],
    [1, 1, 5_000],
    [3, 1, 20_000],
    [30, 1, 600_000],
  ])("after %d failures, random %d: %d ms", (failures, random, expected) => {
    expect(renewalRetryMs(failures, random)).toBe(expected);
  });
});

describe("CredentialRenewal", () => {
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  /** Every sleep that was asked for; each ends as soon as a test lets it, or its signal does. */
  let sleeps: { readonly ms: number; readonly wake: () => void }[];
  let written: AgentIdentity[];
  let controller: TestController;
  let live: LiveIdentity;
  let renewal: CredentialRenewal;
  let stop: AbortController;
  let running: Promise<void>;
  let cannotWrite = false;

  const clock: Clock = {
    ...systemClock,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          resolve();
        };
        sleeps.push({ ms, wake });
        signal.addEventListener("abort", wake);
        if (signal.aborted) wake();
      }),
  };

  beforeEach(async () => {
    sleeps = [];
    written = [];
    cannotWrite = false;
    controller = await TestController.start();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    controller.stop();
  });

  async function start(jwtAgeMs: number) {
    const keys = makeHostKeys();
    const { csrDer } = await publicKeysOf(keys);
    const identity: AgentIdentity = {
      ...keys,
      format: 1,
      host: "web-1",
      controllerAddress: controller.mainAddress,
      natsUrl: "127.0.0.1:1",
      caPem: controller.ca.pem,
      certificatePem: certificatePem(await controller.ca.host("web-1", csrDer)),
      natsJwt: testNatsJwt(jwtAgeMs),
      signingKeysPem: [],
    };
    live = new LiveIdentity(identity, {
      write: (renewed) => {
        if (cannotWrite) return Promise.reject(new Error("disk full"));
        written.push(renewed);
        return Promise.resolve();
      },
    });
    renewal = new CredentialRenewal(live, clock, log);
    running = renewal.run(stop.signal);
    return identity;
  }

  const sleeping = (count: number) =>
    vi.waitFor(() => {
      expect(sleeps).toHaveLength(count);
    }, 60_000);

  it("waits for half of the shortest life, then renews both credentials for the same keys", async () => {
    const before = await start(0);
    // The test certificates live for an hour, the JWT for a day.
    expect(sleeps[0]?.ms).toBeGreaterThan(0.4 * HOUR);
    expect(sleeps[0]?.ms).toBeLessThan(0.6 * HOUR);
    const told = vi.fn();
    live.onRenewed(told);
    sleeps[0]?.wake();
    await sleeping(2);
    expect(live.current.certificatePem).not.toBe(before.certificatePem);
    expect(live.current.natsUrl).toBe("127.0.0.1:7422");
    expect(live.current.privateKeyPem).toBe(before.privateKeyPem);
    expect(written).toEqual([live.current]);
    expect(told).toHaveBeenCalledOnce();
  });

  it("renews at once what is past its half", async () => {
    await start(20 * HOUR);
    expect(sleeps[0]?.ms).toBe(0);
  });

  it("goes on with what it has, and tries again later and later, while it fails", async () => {
    const before = await start(20 * HOUR);
    controller.onRenew = () => refusal(status.UNAVAILABLE, "no store");
    for (const count of [2, 3, 4]) {
      sleeps.at(-1)?.wake();
      await sleeping(count);
    }
    expect(sleeps.map(({ ms }) => ms)).toEqual([0, 3_750, 7_500, 15_000]);
    expect(live.current).toBe(before);
    expect(log.warn).toHaveBeenCalledWith({ reason: "UNAVAILABLE: no store" }, expect.any(String));
  });

  it("says loudly when the controller does not know the host any more", async () => {
    await start(20 * HOUR);
    controller.onRenew = () => refusal(status.UNAUTHENTICATED, "not in the fleet");
    sleeps[0]?.wake();
    await sleeping(2);
    expect(log.error).toHaveBeenCalledWith(
      { reason: "UNAUTHENTICATED: not in the fleet" },
      expect.any(String),
    );
  });

  it("does not use what it could not keep", async () => {
    const before = await start(20 * HOUR);
    cannotWrite = true;
    sleeps[0]?.wake();
    await sleeping(2);
    expect(live.current).toBe(before);
  });

  it("is woken when credentials are refused, but not in step with the fleet", async () => {
    await start(0);
    renewal.renewNow();
    renewal.renewNow();
    await sleeping(2);
    expect(sleeps[1]?.ms).toBe(30_000);
    sleeps[1]?.wake();
    await vi.waitFor(() => {
      expect(controller.renewals).toHaveLength(1);
    }, 60_000);
  });
});

describe("lifetimesOf", () => {
  it("reads certificate and JWT", async () => {
    const controller = await TestController.start();
    const { csrDer } = await publicKeysOf(makeHostKeys());
    const certificate = certificatePem(await controller.ca.host("web-1", csrDer));
    controller.stop();
    const [ofCertificate, ofJwt] = lifetimesOf({
      certificatePem: certificate,
      natsJwt: testNatsJwt(),
    });
    expect((ofCertificate?.until ?? 0) - (ofCertificate?.from ?? 0)).toBe(61 * 60_000);
    expect((ofJwt?.until ?? 0) - (ofJwt?.from ?? 0)).toBe(24 * HOUR);
  });
});
