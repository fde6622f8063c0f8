import { createUser, encodeUser } from "@nats-io/jwt";
import { bellSubject, desiredGetSubject, inboxPrefix, isHostName } from "@seawall/proto";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import { isUserPublicKey, type NatsKeys, seedText } from "./nats-keys.ts";

/** How long a host's NATS credentials are valid. */
export const AGENT_USER_TTL_SECONDS = 24 * 60 * 60;

export interface AgentUserRequest {
  readonly host: string;
  /** The host's own user nkey (`U…`); its seed never leaves the host. */
  readonly publicKey: string;
  readonly nowMs: number;
  readonly ttlSeconds?: number;
}

/** What proves a user to the server: the JWT is shown, the seed signs the server's nonce. */
export interface UserCredentials {
  readonly jwt: string;
  readonly seed: string;
}

/**
 * Credentials for exactly one host: its bundle, its bell, its own inbox.
 * @throws when the name or the key was not checked before (isHostName, isUserPublicKey):
 * a name with a dot or a wildcard would become somebody else's permissions.
 */
export async function mintAgentUser(keys: NatsKeys, request: AgentUserRequest): Promise<string> {
  const { host, publicKey, nowMs, ttlSeconds = AGENT_USER_TTL_SECONDS } = request;
  if (!isHostName(host)) throw new Error(`not a host name: ${JSON.stringify(host)}`);
  if (!isUserPublicKey(publicKey)) throw new Error(`not a NATS user key, for host ${host}`);
  return encodeUser(
    host,
    publicKey,
    nkeyPair(keys.agentsSeed),
    {
      pub: { allow: [desiredGetSubject(host)] },
      sub: { allow: [`${inboxPrefix(host)}.>`, bellSubject(host)] },
      subs: 20,
      payload: 4096,
      allowed_connection_types: ["STANDARD"],
    },
    { exp: Math.floor(nowMs / 1000) + ttlSeconds },
  );
}

/**
 * A user of CTRL with every right in it. The key is made here and lives in this
 * process's memory only, so the JWT has no expiry: it is worth nothing without the
 * key, and an expiry would cut the controller's live connection when it comes.
 */
export function mintControllerUser(keys: NatsKeys): Promise<UserCredentials> {
  return mintOwnUser("controller", keys.controllerSeed, {});
}

/** A user of SYS that may push and look up account claims, and nothing else. No expiry, as above. */
export function mintSystemUser(keys: NatsKeys): Promise<UserCredentials> {
  return mintOwnUser("controller-system", keys.systemSeed, {
    pub: { allow: ["$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"] },
    sub: { allow: ["_INBOX.>"] },
  });
}

async function mintOwnUser(
  name: string,
  accountSeed: string,
  permissions: { readonly pub?: { allow: string[] }; readonly sub?: { allow: string[] } },
): Promise<UserCredentials> {
  const seed = seedText(createUser());
  const jwt = await encodeUser(name, nkeyPair(seed), nkeyPair(accountSeed), {
    ...permissions,
    allowed_connection_types: ["STANDARD"],
  });
  return { jwt, seed };
}
