import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { createUser } from "@nats-io/jwt";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { parseJoinToken } from "@seawall/proto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EnrolledHosts, type EnrolRequest, enrol, type JoinTokens } from "./enrol.ts";
import type { EnrolledHost } from "./enrolled-host.ts";
import { type JoinTokenRecord, type JoinTokenWishes, makeJoinToken } from "./join-token.ts";

const now = new Date("2026-03-01T12:00:00Z");
const later = new Date("2026-03-01T13:00:00Z");

/** Compare-and-set as a real store does it, and a place to break in between. */
class Stores implements EnrolledHosts {
  readonly hosts = new Map<string, EnrolledHost>();
  readonly records = new Map<string, { token: JoinTokenRecord; version: number }>();
  beforeReplace: () => void = () => {};
  beforeCreate: () => void = () => {};

  readonly tokens: JoinTokens = {
    get: (id) => Promise.resolve(this.records.get(id)),
    replace: (token, version) => {
      this.beforeReplace();
      if (this.records.get(token.id)?.version !== version) return Promise.resolve(false);
      this.records.set(token.id, { token, version: version + 1 });
      return Promise.resolve(true);
    },
  };

  get(name: string) {
    return Promise.resolve(this.hosts.get(name));
  }

  create(host: EnrolledHost) {
    this.beforeCreate();
    if (this.hosts.has(host.name)) return Promise.resolve(false);
    this.hosts.set(host.name, host);
    return Promise.resolve(true);
  }
}

interface Keys {
  readonly csrDer: Buffer;
  readonly natsPublicKey: string;
}

async function makeKeys(): Promise<Keys> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
  });
  return { csrDer: Buffer.from(request.rawData), natsPublicKey: createUser().getPublicKey() };
}

let stores: Stores;
let mine: Keys;
let other: Keys;
let counter = 0;

beforeAll(async () => {
  mine = await makeKeys();
  other = await makeKeys();
});
beforeEach(() => {
  stores = new Stores();
});

/** A stored token, as the first part of a join request. */
function token(wishes: Partial<JoinTokenWishes> = {}) {
  const random = Buffer.alloc(40, ++counter);
  const made = makeJoinToken(
    {
      ...{ createdBy: "admin", uses: 1, expiresAt: later, labels: {} },
      ...{ mode: "Enforce", addressRanges: [], ...wishes },
    },
    "00".repeat(32),
    random,
  );
  stores.records.set(made.record.id, { token: made.record, version: 1 });
  const parsed = parseJoinToken(made.text);
  if (!parsed.ok) throw new Error(parsed.message);
  return { tokenId: parsed.token.id, tokenSecret: parsed.token.secret };
}

async function join(
  presented: Pick<EnrolRequest, "tokenId" | "tokenSecret">,
  keys: Keys,
  host = "web-1",
  at = now,
) {
  const outcome = await enrol(
    { ...presented, ...keys, host, address: "10.1.2.3" },
    { tokens: stores.tokens, hosts: stores },
    at,
  );
  if (!outcome.ok) return outcome.reason;
  return outcome.isNew ? "new" : "again";
}

const usesOf = (presented: { tokenId: string }) => stores.records.get(presented.tokenId)?.token;

describe("a first join", () => {
  it("records the host with what the token says, and spends one use", async () => {
    const presented = token({
      labels: { env: "prod" },
      mode: "Audit",
      addressRanges: ["10.0.0.0/8"],
    });
    expect(await join(presented, mine)).toBe("new");
    expect(stores.hosts.get("web-1")).toMatchObject({
      name: "web-1",
      natsPublicKey: mine.natsPublicKey,
      tokenId: presented.tokenId,
      mode: "Audit",
      labels: { env: "prod" },
      addresses: ["10.1.2.3/32"],
      enrolledAt: now.toISOString(),
    });
    expect(usesOf(presented)).toMatchObject({ spent: 1, claims: [] });
  });

  it("approves no address when the token names no range", async () => {
    await join(token(), mine);
    expect(stores.hosts.get("web-1")?.addresses).toEqual([]);
  });

  it.each(["web.1", "*", ">", "a b", "", "x".repeat(64), "web-1\n"])(
    "is refused for the name %j before the token is looked at",
    async (host) => {
      const presented = token();
      expect(await join(presented, mine, host)).toBe("InvalidHostName");
      expect(usesOf(presented)).toMatchObject({ spent: 0, claims: [] });
    },
  );

  it.each([
    ["no nkey", { natsPublicKey: "" }],
    [
      "a seed instead of a public key",
      { natsPublicKey: Buffer.from(createUser().getSeed()).toString() },
    ],
    ["a request that is none", { csrDer: Buffer.from("x") }],
  ])("is refused with %s", async (_what, changes) => {
    expect(await join(token(), { ...mine, ...changes })).toBe("InvalidRequest");
  });

  it("is refused with an unknown, a wrong, an expired and a used token", async () => {
    expect(await join({ tokenId: "0".repeat(16), tokenSecret: "x" }, mine)).toBe("WrongToken");
    expect(await join({ tokenId: "spec.web-1", tokenSecret: "x" }, mine)).toBe("WrongToken");
    expect(await join({ ...token(), tokenSecret: "x" }, mine)).toBe("WrongToken");
    expect(await join(token(), mine, "web-1", later)).toBe("Expired");
    const presented = token();
    await join(presented, mine);
    expect(await join(presented, other, "web-2")).toBe("UsedUp");
    expect(stores.hosts.size).toBe(1);
  });
});

describe("a taken name", () => {
  it("is refused with another key, and the use is not taken", async () => {
    await join(token(), mine);
    const second = token();
    expect(await join(second, other)).toBe("NameTaken");
    expect(usesOf(second)).toMatchObject({ spent: 0, claims: [] });
  });

  it("is refused with the same certificate key but another NATS key", async () => {
    await join(token(), mine);
    expect(await join(token(), { ...mine, natsPublicKey: other.natsPublicKey })).toBe("NameTaken");
  });

  it("is refused to the loser of a race, who gets the use back", async () => {
    const presented = token({ uses: 2 });
    stores.beforeCreate = () => {
      stores.hosts.set("web-1", { ...hostOf(other), name: "web-1" });
      stores.beforeCreate = () => {};
    };
    expect(await join(presented, mine)).toBe("NameTaken");
    expect(usesOf(presented)).toMatchObject({ spent: 0, claims: [] });
  });
});

describe("joining again with the same keys", () => {
  it("changes nothing, with the same token", async () => {
    const presented = token();
    await join(presented, mine);
    const before = stores.hosts.get("web-1");
    expect(await join(presented, mine)).toBe("again");
    expect(stores.hosts.get("web-1")).toBe(before);
    expect(usesOf(presented)).toMatchObject({ spent: 1, claims: [] });
  });

  it("changes nothing, with another token that has a use left, and does not take it", async () => {
    await join(token(), mine);
    const second = token({ labels: { role: "admin" } });
    expect(await join(second, mine)).toBe("again");
    expect(stores.hosts.get("web-1")?.labels).toEqual({});
    expect(usesOf(second)).toMatchObject({ spent: 0, claims: [] });
  });

  it("is refused with a token that others used up", async () => {
    await join(token(), mine);
    const second = token();
    await join(second, other, "web-2");
    expect(await join(second, mine)).toBe("UsedUp");
  });

  it("is refused after the host was deleted, unless with a token that has a use left", async () => {
    const presented = token();
    await join(presented, mine);
    stores.hosts.delete("web-1");
    expect(await join(presented, mine)).toBe("UsedUp");
    expect(await join(token(), mine)).toBe("new");
  });
});

describe("an interrupted join", () => {
  it("goes on with its own use", async () => {
    const presented = token();
    stores.beforeCreate = () => {
      stores.beforeCreate = () => {};
      throw new Error("killed");
    };
    await expect(join(presented, mine)).rejects.toThrow("killed");
    expect(usesOf(presented)).toMatchObject({ spent: 0, claims: [{ host: "web-1" }] });
    expect(await join(presented, other, "web-2")).toBe("UsedUp");
    expect(await join(presented, mine)).toBe("new");
    expect(usesOf(presented)).toMatchObject({ spent: 1, claims: [] });
  });

  it("spends the use that a crash after recording the host left open", async () => {
    const presented = token();
    let writes = 0;
    stores.beforeReplace = () => {
      if (++writes === 2) throw new Error("killed");
    };
    await expect(join(presented, mine)).rejects.toThrow("killed");
    expect(await join(presented, mine)).toBe("again");
    expect(usesOf(presented)).toMatchObject({ spent: 1, claims: [] });
  });
});

describe("many at once", () => {
  it("never use a token more often than it allows", async () => {
    const presented = token({ uses: 5 });
    const keys = await Promise.all(Array.from({ length: 12 }, makeKeys));
    const outcomes = await Promise.all(
      keys.map((key, index) => join(presented, key, `web-${index}`)),
    );
    expect(outcomes.filter((outcome) => outcome === "new")).toHaveLength(5);
    expect(stores.hosts.size).toBe(5);
    expect(usesOf(presented)).toMatchObject({ spent: 5, claims: [] });
  });
});

function hostOf(keys: Keys): EnrolledHost {
  return {
    name: "web-1",
    keyFingerprint: "ff",
    natsPublicKey: keys.natsPublicKey,
    tokenId: "t",
    mode: "Enforce",
    options: {},
    labels: {},
    addresses: [],
    enrolledAt: now.toISOString(),
  };
}
