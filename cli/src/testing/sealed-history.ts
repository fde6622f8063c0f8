import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Revision } from "@seawall/policy";
import { keyIdOf, seal } from "@seawall/proto";
import { type HandedHistory, sha256 } from "../verify-history.ts";

export interface TestKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function testKey(): TestKey {
  const keys = generateKeyPairSync("ed25519");
  return { ...keys, keyId: keyIdOf(keys.publicKey) };
}

export const testObject = (number: number) => Buffer.from(`object ${String(number)}`);

interface SealOptions {
  /** As what is in the store says of itself. */
  readonly place?: Readonly<Record<string, unknown>>;
  readonly body?: Partial<Revision>;
}

/** A stored revision and its digest, which names one object of its own. */
export function sealedRevision(
  key: TestKey,
  number: number,
  parentDigest: string,
  { place, body }: SealOptions = {},
): { readonly sealed: Buffer; readonly digest: string } {
  const revision: Revision = {
    ...{ number, parent: number - 1, parentDigest, author: "admin", message: "why" },
    ...{ time: "2026-03-01T11:00:00.000Z" },
    tree: { "AddressGroup/office": sha256(testObject(number)) },
    ...body,
  };
  const at = { bucket: "revisions", key: String(number), epoch: 1, version: 1, ...place };
  const payload = Buffer.from(JSON.stringify({ ...at, body: revision }));
  return { sealed: seal("revision", payload, key), digest: sha256(payload) };
}

export interface SealedHistory extends HandedHistory {
  readonly key: TestKey;
  readonly revisions: Map<number, { sealed: Buffer; finding: string }>;
  readonly objects: Map<string, "intact" | "changed" | "gone">;
  /** By number. */
  readonly digests: readonly string[];
}

/** Revisions 1 to `newest`, as an honest store has them. */
export function sealedHistory(newest: number): SealedHistory {
  const key = testKey();
  const digests = [""];
  const revisions: SealedHistory["revisions"] = new Map();
  const objects: SealedHistory["objects"] = new Map();
  for (let number = 1; number <= newest; number++) {
    const { sealed, digest } = sealedRevision(key, number, digests[number - 1] ?? "");
    revisions.set(number, { sealed, finding: "" });
    digests.push(digest);
    objects.set(sha256(testObject(number)), "intact");
  }
  return {
    key,
    signingKey: key.publicKey,
    epoch: 1,
    newest,
    kept: 1_000,
    revisions,
    objects,
    digests,
  };
}
