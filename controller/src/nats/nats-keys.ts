import { createAccount, createOperator, fromPublic, type KeyPair } from "@nats-io/jwt";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import { z } from "zod";

/**
 * The seeds of the NATS operator and its three accounts. Who holds them is every
 * user of the bus, so they live in one 0600 file of the controller's state
 * directory and nowhere else.
 *
 * One identity key each, no separate signing keys: those pay off where the
 * identity key is kept offline, and here both would lie in the same file.
 */
export interface NatsKeys {
  readonly format: 1;
  readonly operatorSeed: string;
  readonly systemSeed: string;
  readonly controllerSeed: string;
  readonly agentsSeed: string;
}

const seedOf = (letter: "O" | "A") =>
  z.string().refine((seed) => publicKeyOfSeed(seed)?.startsWith(letter) === true, {
    message: `is not the seed of a NATS ${letter === "O" ? "operator" : "account"}`,
  });

export const natsKeysSchema: z.ZodType<NatsKeys> = z.strictObject({
  format: z.literal(1),
  operatorSeed: seedOf("O"),
  systemSeed: seedOf("A"),
  controllerSeed: seedOf("A"),
  agentsSeed: seedOf("A"),
});

export function createNatsKeys(): NatsKeys {
  return {
    format: 1,
    operatorSeed: seedText(createOperator()),
    systemSeed: seedText(createAccount()),
    controllerSeed: seedText(createAccount()),
    agentsSeed: seedText(createAccount()),
  };
}

/** Whether `text` is the public key of a NATS user (`U…`): what a host must send before it gets credentials. */
export function isUserPublicKey(text: string): boolean {
  try {
    return /^U[A-Z2-7]{55}$/.test(text) && fromPublic(text).getPublicKey() === text;
  } catch {
    // The library throws for a bad checksum and offers no other way to ask.
    return false;
  }
}

export function seedText(pair: KeyPair): string {
  return Buffer.from(pair.getSeed()).toString("ascii");
}

function publicKeyOfSeed(seed: string): string | undefined {
  try {
    return nkeyPair(seed).getPublicKey();
  } catch {
    // As above: throwing is the library's only way to say no.
    return undefined;
  }
}
