import { createHash, type KeyObject, sign, verify } from "node:crypto";

/** What the signed bytes are. A signature for one type is worthless for another. */
export type EnvelopeType =
  | "bundle"
  | "preview"
  | "revision"
  | "host"
  | "rollout"
  | "token"
  | "user"
  | "meta"
  | "event"
  | "compliance";

/** A key that may verify envelopes, by its id. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

export type Opened =
  | { readonly ok: true; readonly keyId: string; readonly payload: Buffer }
  | {
      readonly ok: false;
      readonly reason: "Malformed" | "UnknownFormat" | "UnknownKey" | "BadSignature";
      readonly message: string;
    };

const FORMAT = 1;

/** First 16 hex digits of the sha256 of the key's SPKI. */
export function keyIdOf(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex").slice(0, 16);
}

// As DSSE's pre-authentication encoding: lengths make the concatenation unambiguous.
function signedBytes(type: EnvelopeType, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`seawall/v1 ${type} ${String(payload.length)} `), payload]);
}

export interface Signer {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** An envelope without the bytes, which stay readable beside it. */
export interface DetachedSignature {
  readonly format: number;
  readonly keyId: string;
  /** Base64. */
  readonly signature: string;
}

/** Signs exactly these bytes with an Ed25519 key. There is no canonical form: nothing is parsed before it is verified. */
export function seal(type: EnvelopeType, payload: Buffer, key: Signer): Buffer {
  const { format, keyId, signature } = signDetached(type, payload, key);
  return Buffer.from(
    JSON.stringify({ format, keyId, payload: payload.toString("base64"), signature }),
  );
}

/** Whoever verifies has to come to exactly these bytes. */
export function signDetached(type: EnvelopeType, payload: Buffer, key: Signer): DetachedSignature {
  const signature = sign(null, signedBytes(type, payload), key.privateKey);
  return { format: FORMAT, keyId: key.keyId, signature: signature.toString("base64") };
}

/** Verifies an envelope of this type and returns the signed bytes. Never throws for what the bytes are. */
export function open(type: EnvelopeType, bytes: Uint8Array, trusted: TrustedKeys): Opened {
  const fields = parseFields(bytes);
  if (fields === undefined) {
    return { ok: false, reason: "Malformed", message: "not an envelope" };
  }
  return verifyDetached(type, Buffer.from(fields.payload, "base64"), fields, trusted);
}

/** Never throws for what the signature is. */
export function verifyDetached(
  type: EnvelopeType,
  payload: Buffer,
  { format, keyId, signature }: DetachedSignature,
  trusted: TrustedKeys,
): Opened {
  if (format !== FORMAT) {
    return {
      ok: false,
      reason: "UnknownFormat",
      message: `envelope format ${String(format)} is not known; upgrade this side`,
    };
  }
  const key = trusted.get(keyId);
  if (key === undefined) {
    return {
      ok: false,
      reason: "UnknownKey",
      message: `signed with key ${keyId}, which is not trusted here`,
    };
  }
  if (!verify(null, signedBytes(type, payload), key, Buffer.from(signature, "base64"))) {
    return {
      ok: false,
      reason: "BadSignature",
      message: `the signature of key ${keyId} does not fit the bytes`,
    };
  }
  return { ok: true, keyId, payload };
}

function parseFields(bytes: Uint8Array) {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  const { format, keyId, payload, signature } = value as Readonly<Record<string, unknown>>;
  if (
    typeof format !== "number" ||
    typeof keyId !== "string" ||
    typeof payload !== "string" ||
    typeof signature !== "string"
  ) {
    return undefined;
  }
  return { format, keyId, payload, signature };
}
