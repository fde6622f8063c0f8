import { createUser, decode, type User } from "@nats-io/jwt";
import { describe, expect, it } from "vitest";
import { createNatsKeys, isUserPublicKey, natsKeysSchema } from "./nats-keys.ts";
import { mintAgentUser } from "./user-credentials.ts";

const keys = createNatsKeys();
const publicKey = createUser().getPublicKey();
const nowMs = Date.parse("2030-01-01T00:00:00Z");

describe("mintAgentUser", () => {
  it("grants a host its own three subjects and nothing else, for a day", async () => {
    const jwt = await mintAgentUser(keys, { host: "web-1", publicKey, nowMs });
    const claims = decode<User>(jwt);
    expect(claims).toMatchObject({ name: "web-1", sub: publicKey, exp: nowMs / 1000 + 86_400 });
    expect(claims.nats).toMatchObject({
      pub: { allow: ["desired.get.web-1"] },
      sub: { allow: ["_INBOX.web-1.>", "bell.web-1"] },
      subs: 20,
      payload: 4096,
    });
  });

  it.each(["*", ">", "a.b", "a.>", "", "a b", "x".repeat(64)])(
    "mints nothing for the name %j",
    async (host) => {
      await expect(mintAgentUser(keys, { host, publicKey, nowMs })).rejects.toThrow("host name");
    },
  );
});

describe("isUserPublicKey", () => {
  const last = publicKey.endsWith("A") ? "B" : "A";
  it.each([
    ["a user's key", publicKey, true],
    ["an account's key", `A${publicKey.slice(1)}`, false],
    ["a wrong checksum", publicKey.slice(0, -1) + last, false],
    ["a seed", Buffer.from(createUser().getSeed()).toString(), false],
    ["nothing", "", false],
  ])("judges %s", (_what, text, expected) => {
    expect(isUserPublicKey(text)).toBe(expected);
  });
});

describe("natsKeysSchema", () => {
  it("reads what createNatsKeys made, and nothing with a wrong seed in it", () => {
    expect(natsKeysSchema.parse(JSON.parse(JSON.stringify(keys)))).toEqual(keys);
    const wrong = { ...keys, operatorSeed: keys.agentsSeed };
    expect(natsKeysSchema.safeParse(wrong).success).toBe(false);
  });
});
