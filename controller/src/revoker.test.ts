import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Revoker } from "./revoker.ts";

const revoked = new Map([["UABC", 1]]);

test("a revocation that fails is made again until it is in force", async () => {
  let attempts = 0;
  const inForce = new Promise<number>((resolve) => {
    const revoker = new Revoker({
      revocations: () => Promise.resolve(revoked),
      push: () => {
        attempts += 1;
        if (attempts < 3) return Promise.reject(new Error("the server is away"));
        resolve(attempts);
        return Promise.resolve();
      },
      onError: () => undefined,
      retryMs: 1,
    });
    revoker.revoke().catch(() => undefined);
  });
  expect(await inForce).toBe(3);
});

test("who asks is told that it is not in force yet", async () => {
  const revoker = new Revoker({
    revocations: () => Promise.reject(new Error("the store is away")),
    push: () => Promise.resolve(),
    onError: () => undefined,
  });
  await expect(revoker.revoke()).rejects.toThrow("the store is away");
  revoker.stop();
});

test("an attempt that fails after the stop is the last one", async () => {
  let attempts = 0;
  let fail: (error: Error) => void = () => undefined;
  const revoker = new Revoker({
    revocations: () => {
      attempts += 1;
      return new Promise((_resolve, reject) => {
        fail = reject;
      });
    },
    push: () => Promise.resolve(),
    onError: () => undefined,
    retryMs: 1,
  });
  const attempt = revoker.revoke();
  revoker.stop();
  fail(new Error("the store was closed"));
  await expect(attempt).rejects.toThrow("the store was closed");
  // Timers end in the order of their times.
  await delay(5);
  expect(attempts).toBe(1);
});
