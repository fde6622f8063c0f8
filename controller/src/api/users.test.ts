import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { keyFingerprint } from "../identity/key-fingerprint.ts";
import type { User } from "../identity/user.ts";
import { admin } from "../testing/callers.ts";
import { createUser, listUsers, revokeUser, type UserDirectory, whoAmI } from "./users.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKeySpki = publicKey.export({ type: "spki", format: "der" });
const user = (name: string, role: User["role"]): User => ({
  ...{ name, role, keyFingerprint: "", createdAt: now.toISOString(), createdBy: "" },
});

let known: Map<string, User>;
let users: UserDirectory;
let told: number;
const tell = () => {
  told += 1;
  return Promise.resolve();
};
beforeEach(() => {
  told = 0;
  known = new Map([["admin", user("admin", "guardrail-admin")]]);
  users = {
    find: (name) => Promise.resolve(known.get(name)),
    list: () => Promise.resolve([...known.values()]),
    create: (made) => {
      const isFree = !known.has(made.name);
      if (isFree) known.set(made.name, made);
      return Promise.resolve(isFree);
    },
    delete: (name) => Promise.resolve(known.delete(name)),
    issueCertificate: () => Promise.resolve({ chainPem: "certificate", notAfter: now }),
    now: () => now,
  };
});

test("a new user is known by the key that was sent, and by who made it", async () => {
  const made = await createUser({ name: "vera", role: "viewer", publicKeySpki }, admin, users);
  expect(made).toEqual({ certificatePem: "certificate", expiresMs: now.getTime() });
  expect(known.get("vera")).toEqual({
    ...user("vera", "viewer"),
    ...{ keyFingerprint: keyFingerprint(publicKey), createdBy: "admin" },
  });
  expect(await listUsers(users)).toEqual({
    users: [
      { name: "admin", role: "guardrail-admin", createdBy: "", createdMs: now.getTime() },
      { name: "vera", role: "viewer", createdBy: "admin", createdMs: now.getTime() },
    ],
  });
});

const ed25519 = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
const wrongKey = "the key of the user is not EC P-256, as SPKI";

describe("is not made", () => {
  test.for([
    ["with a name that is none", { name: "a/b" }, "InvalidRequest", /^"a\/b" cannot name a user/],
    [
      "with a role that there is not",
      { role: "root" },
      "InvalidRequest",
      'there is no role "root"',
    ],
    ["without a key", { publicKeySpki: Buffer.alloc(0) }, "InvalidRequest", wrongKey],
    ["with a key of another kind", { publicKeySpki: ed25519 }, "InvalidRequest", wrongKey],
    ["twice", { name: "admin" }, "Conflict", "there is a user admin already; revoke it first"],
  ] as const)("%s", async ([, wish, reason, message]) => {
    const request = { name: "vera", role: "viewer", publicKeySpki, ...wish };
    await expect(createUser(request, admin, users)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message) as unknown,
    });
    expect([...known.keys()]).toEqual(["admin"]);
  });
});

describe("revoking", () => {
  test("is over when nobody of the name is known", async () => {
    known.set("vera", user("vera", "viewer"));
    expect(await revokeUser({ name: "vera" }, users, tell)).toEqual({});
    expect([...known.keys()]).toEqual(["admin"]);
    await expect(revokeUser({ name: "vera" }, users, tell)).rejects.toMatchObject({
      reason: "NotFound",
    });
    expect(told).toBe(1);
  });

  test("leaves one guardrail-admin", async () => {
    await expect(revokeUser({ name: "admin" }, users, tell)).rejects.toMatchObject({
      reason: "Conflict",
      message: "admin is the last guardrail-admin: nobody could make another one",
    });
    known.set("greta", user("greta", "guardrail-admin"));
    expect(await revokeUser({ name: "admin" }, users, tell)).toEqual({});
  });

  test("leaves one, also when the last two are revoked at the same time", async () => {
    known.set("greta", user("greta", "guardrail-admin"));
    const ended = await Promise.allSettled(
      ["admin", "greta"].map((name) => revokeUser({ name }, users, tell)),
    );
    expect(ended).toContainEqual(
      expect.objectContaining({
        reason: expect.objectContaining({ reason: "Conflict" }) as unknown,
      }),
    );
    expect(known.size).toBeGreaterThan(0);
    expect(told).toBe(2 - known.size);
  });

  test("is told as soon as it is in force, whatever cannot be read afterwards", async () => {
    known.set("greta", user("greta", "guardrail-admin"));
    const list = () =>
      known.has("greta")
        ? Promise.resolve([...known.values()])
        : Promise.reject(new Error("the store is away"));
    users = { ...users, list };
    await expect(revokeUser({ name: "greta" }, users, tell)).rejects.toThrow("the store is away");
    expect([known.has("greta"), told]).toEqual([false, 1]);
  });
});

test("whoAmI names the calls that the role allows", () => {
  const { mayCall, ...rest } = whoAmI({ name: "oscar", role: "operator" });
  expect(rest).toEqual({ name: "oscar", role: "operator" });
  expect(mayCall).toContain("Apply");
  expect(mayCall).not.toContain("CreateUser");
});
