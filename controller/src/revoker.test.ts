import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Revoker } from "./revoker.ts";

const nowMs = Date.parse("2030-01-01T00:00:00Z");
const now = () => nowMs;
const until = nowMs / 1000 + 2;
const ofKeys = (...keys: readonly string[]) => new Map(keys.map((key) => [key, until]));

/** Pushes that end when the test says so; what each was to put in force. */
function heldPushes() {
  const begun: { readonly keys: string; end(error?: Error): void }[] = [];
  const push = (revocations: ReadonlyMap<string, number>) =>
    new Promise<void>((resolve, reject) => {
      begun.push({
        keys: [...revocations.keys()].join(),
        end: (error) => {
          if (error === undefined) resolve();
          else reject(error);
        },
      });
    });
  return { begun, push };
}

test("a revocation that fails is made again until it is in force", async () => {
  const { begun, push } = heldPushes();
  const revoker = new Revoker({ push, now, onError: () => undefined, retryMs: 1 });
  const first = revoker.revoke(ofKeys("a"));
  for (let failures = 1; failures < 3; failures++) {
    await expect.poll(() => begun.length).toBe(failures);
    begun.at(-1)?.end(new Error("the server is away"));
  }
  await expect(first).rejects.toThrow("the server is away");
  await expect.poll(() => begun.map(({ keys }) => keys)).toEqual(["a", "a", "a"]);
  begun.at(-1)?.end();
});

test("who asks is told that it is not in force yet", async () => {
  const push = () => Promise.reject(new Error("the server is away"));
  const revoker = new Revoker({ push, now, onError: () => undefined });
  await expect(revoker.revoke(ofKeys("a"))).rejects.toThrow("the server is away");
  revoker.stop();
});

test("what is revoked while a push is under way is in the next one, and with it all of before", async () => {
  const { begun, push } = heldPushes();
  const revoker = new Revoker({ push, now, onError: () => undefined });
  const ended: string[] = [];
  const revoke = async (key: string) => {
    await revoker.revoke(ofKeys(key));
    ended.push(key);
  };
  const all = [revoke("a")];
  await expect.poll(() => begun.length).toBe(1);
  all.push(revoke("b"), revoke("c"));
  begun[0]?.end();
  await expect.poll(() => begun.length).toBe(2);
  // Nothing of it is in force before the second push has ended, and there is no third one.
  expect(ended).toEqual(["a"]);
  begun[1]?.end();
  await Promise.all(all);
  expect(ended).toEqual(["a", "b", "c"]);
  expect(begun.map(({ keys }) => keys)).toEqual(["a", "a,b,c"]);
});

test("the latest revocation of a key counts, and one whose credentials have all expired is forgotten", async () => {
  const pushed: unknown[] = [];
  const push = (revocations: ReadonlyMap<string, number>) => {
    pushed.push([...revocations]);
    return Promise.resolve();
  };
  const clock = { ms: nowMs };
  const revoker = new Revoker({ push, now: () => clock.ms, onError: () => undefined });
  await revoker.revoke(new Map([["a", until + 10]]));
  await revoker.revoke(new Map([["a", until]]));
  clock.ms += 26 * 3_600_000;
  await revoker.revoke();
  expect(pushed).toEqual([[["a", until + 10]], [["a", until + 10]], []]);
});

test("an attempt that fails after the stop is the last one", async () => {
  const { begun, push } = heldPushes();
  const revoker = new Revoker({ push, now, onError: () => undefined, retryMs: 1 });
  const attempt = revoker.revoke(ofKeys("a"));
  await expect.poll(() => begun.length).toBe(1);
  revoker.stop();
  begun[0]?.end(new Error("the server was stopped"));
  await expect(attempt).rejects.toThrow("the server was stopped");
  // Timers end in the order of their times.
  await delay(5);
  expect(begun).toHaveLength(1);
});
