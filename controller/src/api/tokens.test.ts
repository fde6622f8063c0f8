import { beforeEach, describe, expect, test } from "vitest";
import { type JoinTokenRecord, makeJoinToken } from "../identity/join-token.ts";
import { listTokens, revokeToken, type TokenDirectory } from "./tokens.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));
const made = (seed: number, wishes: Partial<Parameters<typeof makeJoinToken>[0]>) =>
  makeJoinToken(
    {
      ...{ createdBy: "oscar", uses: 2, expiresAt: at(0), labels: {}, mode: "Enforce" },
      ...{ addressRanges: [], ...wishes },
    },
    "ab".repeat(32),
    Buffer.alloc(40, seed),
  );

const first = made(1, { labels: { env: "prod" }, addressRanges: ["192.0.2.0/24"] });
const second = made(2, { createdBy: "greta", host: "web-1", mode: "Audit", expiresAt: at(30) });

let known: Map<string, JoinTokenRecord>;
let tokens: TokenDirectory;
beforeEach(() => {
  known = new Map([first, second].map(({ record }) => [record.id, record]));
  tokens = {
    list: () => Promise.resolve([...known.values()]),
    delete: (id) => {
      const record = known.get(id);
      known.delete(id);
      return Promise.resolve(record);
    },
  };
});

test("tokens are listed with who made them and what is left, those that end last first, without secrets", async () => {
  const claims = [{ host: "web-2", keyFingerprint: "key" }];
  known.set(first.record.id, { ...first.record, spent: 1, claims });
  const listed = await listTokens(tokens);
  expect(listed.tokens).toEqual([
    {
      ...{ id: "02".repeat(8), createdBy: "greta", uses: 2, usesLeft: 2, host: "web-1" },
      ...{ expiresMs: at(30).getTime(), labels: {}, addressRanges: [], mode: "Audit" },
    },
    {
      ...{ id: "01".repeat(8), createdBy: "oscar", uses: 2, usesLeft: 0, host: "" },
      ...{ expiresMs: at(0).getTime(), labels: { env: "prod" } },
      ...{ addressRanges: ["192.0.2.0/24"], mode: "Enforce" },
    },
  ]);
  const said = JSON.stringify(listed);
  for (const { text, record } of [first, second]) {
    expect(said).not.toContain(text.split(".").at(-1));
    expect(said).not.toContain(record.secretHash);
  }
});

describe("revoking", () => {
  test("is over when no token of the id is known", async () => {
    const id = "01".repeat(8);
    expect(await revokeToken({ id }, tokens)).toEqual(first.record);
    expect([...known.keys()]).toEqual(["02".repeat(8)]);
    await expect(revokeToken({ id }, tokens)).rejects.toMatchObject({
      ...{ reason: "NotFound", message: `token "${id}" not found` },
    });
  });

  test.for(["", ">", first.text])("takes an id alone, and says nothing again: %j", async (id) => {
    await expect(revokeToken({ id }, tokens)).rejects.toMatchObject({
      ...{ reason: "InvalidRequest", message: "that is not the id of a token" },
    });
    expect(known.size).toBe(2);
  });
});
