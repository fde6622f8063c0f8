import { createAccount, createOperator, createUser, encode, fromSeed } from "@nats-io/nkeys";
import { describe, expect, it } from "vitest";
import { nkeyAuthenticator, nkeyPair } from "./nkey-pair.ts";

const input = Buffer.from("what a server asks");

describe.each([
  { kind: "operator", made: createOperator() },
  { kind: "account", made: createAccount() },
  { kind: "user", made: createUser() },
])("the nkey of $kind", ({ made }) => {
  const seed = Buffer.from(made.getSeed()).toString("ascii");
  const library = fromSeed(made.getSeed());
  const ours = nkeyPair(seed);

  it("is the library's, key by key and signature by signature", () => {
    expect(ours.getPublicKey()).toBe(library.getPublicKey());
    expect(Buffer.from(ours.getPrivateKey())).toEqual(Buffer.from(library.getPrivateKey()));
    expect(Buffer.from(ours.sign(input))).toEqual(Buffer.from(library.sign(input)));
  });

  it("knows its own signature from another", () => {
    expect(ours.verify(input, library.sign(input))).toBe(true);
    expect(ours.verify(Buffer.from("something else"), library.sign(input))).toBe(false);
    expect(ours.verify(input, createUser().sign(input))).toBe(false);
  });

  it("signs what a server asks", () => {
    expect(nkeyAuthenticator({ jwt: "the jwt", seed })("a nonce")).toEqual({
      jwt: "the jwt",
      nkey: library.getPublicKey(),
      sig: encode(library.sign(Buffer.from("a nonce"))),
    });
  });
});

it.each(["", "SUAAA", "not a seed", createUser().getPublicKey()])("no seed: %j", (text) => {
  expect(() => nkeyPair(text)).toThrow();
});
