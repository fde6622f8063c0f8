import { z } from "zod";
import { Authority } from "./authority.ts";
import { createSigningKeyPem, loadSigningKey, type SigningKey } from "./signing-key.ts";
import type { StateDirectory, StateRead } from "./state-directory.ts";

const FILE = "identity.json";

const identityFile = z.strictObject({
  format: z.literal(1),
  ca: z.strictObject({ certificatePem: z.string(), privateKeyPem: z.string() }),
  /** Ed25519, PKCS#8. */
  signingKeyPem: z.string(),
});

/** Who this controller is: the CA that every host pins, and the key that every bundle is signed with. */
export interface ControllerIdentity {
  readonly authority: Authority;
  readonly signingKey: SigningKey;
}

/** Makes a new identity. False when there is one already: it is never overwritten. */
export async function createControllerIdentity(
  directory: StateDirectory,
  now: Date,
): Promise<boolean> {
  await directory.prepare();
  return await directory.create(FILE, {
    format: 1,
    ca: await Authority.create(now),
    signingKeyPem: createSigningKeyPem(),
  });
}

export async function loadControllerIdentity(
  directory: StateDirectory,
): Promise<StateRead<ControllerIdentity>> {
  const read = await directory.read(FILE, identityFile);
  if (!read.ok) {
    return read;
  }
  try {
    const authority = await Authority.load(read.value.ca);
    return { ok: true, value: { authority, signingKey: loadSigningKey(read.value.signingKeyPem) } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      reason: "Malformed",
      message: `${directory.path}/${FILE}: ${why}; restore it from a backup`,
    };
  }
}
