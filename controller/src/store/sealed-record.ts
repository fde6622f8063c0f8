import { createHash } from "node:crypto";
import { sealedPayload } from "@seawall/policy";
import { type EnvelopeType, open, type Signer, seal, type TrustedKeys } from "@seawall/proto";
import type { z } from "zod";
import type { Mark } from "./high-water.ts";

/** Why a stored record is not believed. It is never used, whatever the reason. */
export type TamperReason =
  /** Not signed by this controller's key, or changed since. */
  | "NotOurs"
  /** Signed, but for another bucket or key. */
  | "Moved"
  /** Signed, but of another epoch of the store. */
  | "OtherEpoch"
  /** Signed, but older than what was here before, or another one of the same version. */
  | "RolledBack"
  /** It was here and is gone, without the sealed mark that a deletion leaves. */
  | "Missing"
  /** Signed and in its place, but its content is not what this version writes. */
  | "Unreadable";

export interface Tampered {
  readonly kind: "tampered";
  /** `bucket/key`. */
  readonly place: string;
  readonly reason: TamperReason;
  readonly message: string;
}

export interface Sealer {
  readonly key: Signer;
  readonly trusted: TrustedKeys;
  readonly epoch: number;
}

export interface RecordPlace {
  readonly bucket: string;
  readonly key: string;
  readonly type: EnvelopeType;
}

/** What is signed: the content, and where and when in the record's life it belongs. */
export interface SealedContent<T> {
  readonly version: number;
  readonly body: T;
  /** Present: the record was deleted then, and `body` is what it was. */
  readonly deletedAtMs?: number | undefined;
}

export function sealRecord(
  sealer: Sealer,
  place: RecordPlace,
  content: SealedContent<unknown>,
): { readonly bytes: Buffer; readonly mark: Mark } {
  const { bucket, key, type } = place;
  const { version, body, deletedAtMs } = content;
  const payload = Buffer.from(
    JSON.stringify({ bucket, key, epoch: sealer.epoch, version, deletedAtMs, body }),
  );
  return { bytes: seal(type, payload, sealer.key), mark: markOf(version, payload) };
}

export type Unsealed<T> =
  | {
      readonly kind: "sealed";
      readonly content: SealedContent<T>;
      readonly epoch: number;
      readonly mark: Mark;
    }
  | Tampered;

/**
 * Verifies who signed the record and that it is the one of this place. Its epoch and
 * whether a newer one is known are for the caller to judge.
 */
export function unsealRecord<T>(
  trusted: TrustedKeys,
  place: RecordPlace,
  schema: z.ZodType<T>,
  bytes: Uint8Array,
): Unsealed<T> {
  const opened = open(place.type, bytes, trusted);
  if (!opened.ok) return tampered(place, "NotOurs", opened.message);
  const payload = sealedPayload.safeParse(parseJson(opened.payload));
  if (!payload.success) return tampered(place, "Unreadable", reasonOf(payload.error));
  const { bucket, key, epoch, version, deletedAtMs } = payload.data;
  if (bucket !== place.bucket || key !== place.key) {
    return tampered(place, "Moved", `it is the record of ${bucket}/${key}`);
  }
  const body = schema.safeParse(payload.data.body);
  if (!body.success) return tampered(place, "Unreadable", reasonOf(body.error));
  return {
    kind: "sealed",
    content: { version, body: body.data, deletedAtMs },
    epoch,
    mark: markOf(version, opened.payload),
  };
}

export function tampered(place: RecordPlace, reason: TamperReason, detail: string): Tampered {
  const at = `${place.bucket}/${place.key}`;
  return { kind: "tampered", place: at, reason, message: `${at} is not believed: ${detail}` };
}

function markOf(version: number, payload: Buffer): Mark {
  return { version, digest: createHash("sha256").update(payload).digest("hex") };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    // Signed bytes that are no JSON: the schema refuses undefined and says so.
    return undefined;
  }
}

function reasonOf(error: z.ZodError): string {
  const places = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return `it was written by another version of Seawall (${places.join("; ")})`;
}
