import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from "node:crypto";
import { encode, Prefix } from "@nats-io/nkeys";
import { Codec } from "@nats-io/nkeys/lib/codec.js";
import { KP } from "@nats-io/nkeys/lib/kp.js";

/** RFC 8410 §7: PKCS#8 of an Ed25519 key, up to the 32 bytes of its seed. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * An nkey whose Ed25519 is OpenSSL's. The library's is written in JavaScript and takes 20 ms of a processor for a
 * signature, 70 ms for the first one: it would be most of what a join costs the controller, and a connection the agent.
 * Encodings and checks stay the library's.
 */
class NkeyPair extends KP {
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  /** @throws where it is no seed. */
  constructor(seed: Uint8Array) {
    super(seed);
    const der = Buffer.concat([PKCS8_HEAD, this.getRawSeed()]);
    this.#private = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    this.#public = createPublicKey(this.#private);
  }

  override getPublicKey(): string {
    const { prefix } = Codec.decodeSeed(this.getSeed());
    return Buffer.from(Codec.encode(prefix, this.#rawPublic())).toString("ascii");
  }

  override getPrivateKey(): Uint8Array {
    return Codec.encode(Prefix.Private, Buffer.concat([this.getRawSeed(), this.#rawPublic()]));
  }

  override sign(input: Uint8Array): Uint8Array {
    return signWith(null, input, this.#private);
  }

  override verify(input: Uint8Array, signature: Uint8Array): boolean {
    return verifyWith(null, input, this.#public, signature);
  }

  #rawPublic(): Uint8Array {
    return Buffer.from(this.#public.export({ format: "jwk" }).x ?? "", "base64url");
  }
}

/**
 * The pair of an nkey's seed (`SU…`, `SA…`, `SO…`).
 * @throws where it is no seed.
 */
export function nkeyPair(seed: string): KP {
  return new NkeyPair(Buffer.from(seed));
}

/** As `jwtAuthenticator` of the client library: shows the server the JWT, and signs what it asks with the user's seed. */
export function nkeyAuthenticator({ jwt, seed }: { readonly jwt: string; readonly seed: string }) {
  const pair = nkeyPair(seed);
  return (nonce?: string) => ({
    jwt,
    nkey: pair.getPublicKey(),
    sig: encode(pair.sign(Buffer.from(nonce ?? ""))),
  });
}
