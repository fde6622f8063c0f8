import { type Account, encodeAccount, encodeOperator, type OperatorLimits } from "@nats-io/jwt";
import { accounts, exported, imported } from "@seawall/proto";
import { nkeyPair } from "@seawall/proto/nkey-pair";
import type { NatsKeys } from "./nats-keys.ts";

/** A revoked user of account AGENTS: its public key, and the unix second up to which its credentials are void. */
export type Revocation = readonly [publicKey: string, untilSeconds: number];

/** All of them, each key once. */
export type Revocations = ReadonlyMap<string, number>;

export interface SignedAccount {
  readonly publicKey: string;
  readonly jwt: string;
}

/** What a nats-server must be told to know our accounts. Public: there is no secret in it. */
export interface SignedAccounts {
  readonly operatorJwt: string;
  readonly system: SignedAccount;
  readonly controller: SignedAccount;
  readonly agents: SignedAccount;
}

/**
 * Signs operator and accounts. CTRL holds the store; AGENTS sees of it the two
 * imports and nothing else. Separate accounts are what keeps hosts apart: inside
 * one account the reply subject of a permitted request can be aimed at another
 * host's key, and the server would write there.
 */
export async function signAccounts(
  keys: NatsKeys,
  revocations: Revocations,
): Promise<SignedAccounts> {
  const operator = nkeyPair(keys.operatorSeed);
  const controllerKey = nkeyPair(keys.controllerSeed).getPublicKey();
  const sign = async (name: string, seed: string, account: Partial<Account>) => {
    const pair = nkeyPair(seed);
    const jwt = await encodeAccount(name, pair, account, { signer: operator });
    return { publicKey: pair.getPublicKey(), jwt };
  };
  const system = await sign(accounts.system, keys.systemSeed, { limits: noStore });
  return {
    operatorJwt: await encodeOperator("seawall", operator, { system_account: system.publicKey }),
    system,
    controller: await sign(accounts.controller, keys.controllerSeed, controllerAccount),
    agents: await sign(accounts.agents, keys.agentsSeed, agentsAccount(controllerKey, revocations)),
  };
}

/** Where a field is missing the server reads 0, which allows none. */
const noStore: OperatorLimits = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: 0,
  disallow_bearer: true,
};

/**
 * The exports are public, without activation tokens: an account exists only when
 * our operator signed it, and who holds the operator's seed can sign itself a
 * token, or a user of CTRL, just as well.
 */
const controllerAccount: Partial<Account> = {
  limits: { ...noStore, mem_storage: 0, disk_storage: -1, streams: -1, consumer: -1 },
  exports: [
    { name: "bell", subject: exported.bell, type: "stream" },
    {
      name: "desired",
      subject: exported.desiredGet,
      type: "service",
      response_type: "Singleton",
    },
  ],
};

function agentsAccount(controllerKey: string, revocations: Revocations): Partial<Account> {
  return {
    limits: { ...noStore, exports: 0 },
    imports: [
      { name: "bell", subject: exported.bell, account: controllerKey, type: "stream" },
      {
        name: "desired",
        subject: exported.desiredGet,
        local_subject: imported.desiredGet,
        account: controllerKey,
        type: "service",
      },
    ],
    // For a user minted without permissions, which we never do: nothing.
    default_permissions: { pub: { deny: [">"] }, sub: { deny: [">"] } },
    // Sorted, so that equal claims are equal text.
    revocations: Object.fromEntries([...revocations].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
