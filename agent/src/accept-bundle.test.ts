import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Bundle, encodeBundle } from "@seawall/policy";
import { type EnvelopeType, keyIdOf, seal } from "@seawall/proto";
import { describe, expect, it } from "vitest";
import { acceptBundle, acceptPreview } from "./accept-bundle.ts";

const signing = signer();
const stranger = signer();
const trusted = new Map([[signing.keyId, signing.publicKey]]);
const good: Bundle = {
  format: 1,
  requires: [],
  host: "web-1",
  epoch: 2,
  generation: 10,
  revision: 7,
  desired: { policies: [] },
};

function signer(): { keyId: string; privateKey: KeyObject; publicKey: KeyObject } {
  const pair = generateKeyPairSync("ed25519");
  return { ...pair, keyId: keyIdOf(pair.publicKey) };
}

function sealed(changes: Partial<Bundle> = {}, type: EnvelopeType = "bundle"): Buffer {
  return seal(type, encodeBundle({ ...good, ...changes }), signing);
}

const sealedJson = (value: unknown) => seal("bundle", gzipSync(JSON.stringify(value)), signing);

function withPayload(envelope: Buffer, payload: Buffer): Buffer {
  const fields = JSON.parse(envelope.toString()) as object;
  return Buffer.from(JSON.stringify({ ...fields, payload: payload.toString("base64") }));
}

const judge = (envelope: Uint8Array) =>
  acceptBundle(envelope, { host: "web-1", trusted, notBefore: { epoch: 2, generation: 10 } });

describe("acceptBundle accepts", () => {
  it.each([
    ["the same generation again", {}],
    ["a newer generation", { generation: 11 }],
    ["a newer epoch, whatever its generation", { epoch: 3, generation: 1 }],
  ])("%s", (_what, changes) => {
    const envelope = sealed(changes);
    const { epoch, generation, revision, desired } = { ...good, ...changes };
    expect(judge(envelope)).toEqual({
      kind: "bundle",
      bundle: { epoch, generation, revision, desired, envelope },
    });
  });

  it("any generation when none was accepted before", () => {
    const verdict = acceptBundle(sealed({ epoch: 1, generation: 1 }), { host: "web-1", trusted });
    expect(verdict.kind).toBe("bundle");
  });
});

describe("a preview", () => {
  const look = (envelope: Uint8Array) => acceptPreview(envelope, { host: "web-1", trusted });

  it("is what is sealed as one, whatever its numbers", () => {
    expect(look(sealed({ epoch: 0, generation: 0 }, "preview"))).toEqual({
      kind: "preview",
      ...{ revision: good.revision, desired: good.desired },
    });
  });

  it("is no bundle", () => {
    const verdict = judge(sealed({ generation: 11 }, "preview"));
    expect(verdict).toMatchObject({ kind: "refused", refusal: { reason: "BadSignature" } });
  });

  it.each([
    ["a bundle", "BadSignature", sealed()],
    ["another host's", "WrongHost", sealed({ host: "web-2" }, "preview")],
    ["a stranger's", "UnknownKey", seal("preview", encodeBundle(good), stranger)],
    ["no envelope", "Malformed", Buffer.from("junk")],
  ])("is not %s: %s", (_what, reason, envelope) => {
    expect(look(envelope)).toMatchObject({ kind: "refused", refusal: { reason } });
  });
});

describe("acceptBundle refuses", () => {
  it.each([
    ["an older generation", "OlderGeneration", sealed({ generation: 9 })],
    [
      "an older epoch with a higher generation",
      "OlderGeneration",
      sealed({ epoch: 1, generation: 99 }),
    ],
    ["another host's bundle", "WrongHost", sealed({ host: "web-2" })],
    [
      "a signature that does not fit",
      "BadSignature",
      withPayload(sealed(), encodeBundle({ ...good, host: "web-1", generation: 12 })),
    ],
    ["what was signed as something else", "BadSignature", sealed({}, "revision")],
    ["a key that is not trusted", "UnknownKey", seal("bundle", encodeBundle(good), stranger)],
    [
      "a stranger's signature under a trusted key's name",
      "BadSignature",
      seal("bundle", encodeBundle(good), { ...stranger, keyId: signing.keyId }),
    ],
    ["no envelope", "Malformed", Buffer.from("junk")],
    ["nothing at all", "Malformed", Buffer.alloc(0)],
    [
      "a signed payload that is no bundle",
      "Malformed",
      seal("bundle", Buffer.from("junk"), signing),
    ],
    ["a missing field", "Malformed", sealedJson({ ...good, host: undefined })],
    [
      "what expands beyond the limit",
      "TooLarge",
      seal("bundle", gzipSync(Buffer.alloc(9 * 1024 * 1024)), signing),
    ],
  ])("%s: %s", (_what, reason, envelope) => {
    expect(judge(envelope)).toMatchObject({
      kind: "refused",
      refusal: { reason, unsupported: false },
    });
  });

  it.each([
    ["an unknown feature", "UnknownFeature", sealed({ requires: ["teleport"] })],
    ["an unknown field", "UnknownFeature", sealedJson({ ...good, more: 1 })],
    ["an unknown bundle format", "UnknownFormat", sealedJson({ ...good, format: 2 })],
    [
      "an unknown envelope format",
      "UnknownFormat",
      Buffer.from(sealed().toString().replace('"format":1', '"format":2')),
    ],
  ])("%s, as unsupported: %s", (_what, reason, envelope) => {
    expect(judge(envelope)).toMatchObject({
      kind: "refused",
      refusal: { reason, unsupported: true },
    });
  });
});
