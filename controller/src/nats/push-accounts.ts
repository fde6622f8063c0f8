import { equivalent } from "@nats-io/jwt";
import type { Msg, NatsConnection } from "nats";
import { z } from "zod";
import { storeError } from "../store/store-error.ts";
import type { NatsKeys } from "./nats-keys.ts";
import { type Revocations, type SignedAccount, signAccounts } from "./operator.ts";

/** The server did not take the claims of an account: what was to be revoked may still be in force. */
class ClaimsNotAcceptedError extends Error {
  override name = "ClaimsNotAcceptedError";
}

const REQUEST = { timeout: 5_000 };

/** @throws StoreError where the server is away. */
async function ask(system: NatsConnection, subject: string, payload: string): Promise<Msg> {
  try {
    return await system.request(subject, payload, REQUEST);
  } catch (error) {
    throw storeError(error, "telling nats-server who is revoked");
  }
}

const updateReply = z.union([
  z.object({ data: z.object({ code: z.literal(200) }) }),
  z.object({ error: z.object({ description: z.string().optional() }) }),
]);

/**
 * Makes the server hold our accounts with exactly these revocations, and reads
 * them back. The server cuts a live connection of a revoked user when it takes
 * the claims, and keeps them on disk. Idempotent: call it at every start too, in
 * case the server lost them.
 *
 * Nothing else remembers a revocation, so the caller derives the list from what
 * it deletes; see HostStore.revocations.
 */
export async function pushAccounts(
  system: NatsConnection,
  keys: NatsKeys,
  revocations: Revocations,
): Promise<void> {
  const accounts = await signAccounts(keys, revocations);
  await push(system, accounts.controller);
  await push(system, accounts.agents);
}

async function push(system: NatsConnection, account: SignedAccount): Promise<void> {
  if (await holds(system, account)) return;
  const answer = await ask(system, "$SYS.REQ.CLAIMS.UPDATE", account.jwt);
  const reply = updateReply.parse(answer.json());
  if ("error" in reply) {
    throw new ClaimsNotAcceptedError(
      `nats-server refused the claims of account ${account.publicKey}: ${reply.error.description ?? "no reason given"}`,
    );
  }
  if (!(await holds(system, account))) {
    throw new ClaimsNotAcceptedError(
      `nats-server took the claims of account ${account.publicKey}, but holds others`,
    );
  }
}

async function holds(system: NatsConnection, account: SignedAccount): Promise<boolean> {
  const subject = `$SYS.REQ.ACCOUNT.${account.publicKey}.CLAIMS.LOOKUP`;
  const held = (await ask(system, subject, "")).string();
  return held !== "" && (await equivalent(held, account.jwt));
}
