import { isHostName, isTokenId } from "@seawall/proto";
import { quarantineRefusal } from "../core/duplicate-identity.ts";
import { isUserPublicKey } from "../nats/nats-keys.ts";
import { verifyCertificateRequest } from "./certificate-request.ts";
import type { EnrolledHost } from "./enrolled-host.ts";
import {
  approvedAddresses,
  claimUse,
  type JoinTokenRecord,
  judgeToken,
  settleUse,
  type TokenRefusal,
  usesLeft,
  wrongToken,
} from "./join-token.ts";

/** Join tokens, each changed by compare-and-set only. */
export interface JoinTokens {
  get(
    id: string,
  ): Promise<{ readonly token: JoinTokenRecord; readonly version: number } | undefined>;
  /** False when somebody else has changed it since `version`. */
  replace(token: JoinTokenRecord, version: number): Promise<boolean>;
}

export interface EnrolledHosts {
  get(name: string): Promise<EnrolledHost | undefined>;
  /** False when the name is taken. */
  create(host: EnrolledHost): Promise<boolean>;
}

export interface EnrolRequest {
  readonly tokenId: string;
  readonly tokenSecret: string;
  readonly host: string;
  readonly csrDer: Buffer;
  readonly natsPublicKey: string;
  /** Of the connection. */
  readonly address: string;
}

export type EnrolRefusal =
  | TokenRefusal
  | "InvalidHostName"
  | "InvalidRequest"
  | "NameTaken"
  | "Quarantined"
  | "Busy";

export type Enrolment =
  | {
      readonly ok: true;
      readonly host: EnrolledHost;
      readonly publicKeySpki: Buffer;
      /** False: it had joined before with the same keys, and nothing was changed. */
      readonly isNew: boolean;
    }
  | { readonly ok: false; readonly reason: EnrolRefusal; readonly message: string };

type Refused = Extract<Enrolment, { ok: false }>;

const CAS_ATTEMPTS = 20;

/**
 * Decides whether a host may join, and records it. Nothing is minted here.
 *
 * A use of the token is claimed before the host is recorded and spent after it, so
 * an interruption anywhere loses no use and lets nobody in twice: the same keys go
 * on with their own claim, and a claim is gone once it was spent. A deleted host
 * therefore cannot come back with a token that it used up.
 *
 * Joining again with the same keys changes nothing and needs a token that is either
 * the one it joined with or has a use left; that use is not taken. It gives away
 * nothing that the holder of the host's key could not get by renewing.
 */
export async function enrol(
  request: EnrolRequest,
  stores: { readonly tokens: JoinTokens; readonly hosts: EnrolledHosts },
  now: Date,
): Promise<Enrolment> {
  if (!isHostName(request.host)) {
    return refused(
      "InvalidHostName",
      "a host name is 1 to 63 letters, digits, '_' and '-'; dots and wildcards are not allowed",
    );
  }
  const key = await verifyCertificateRequest(request.csrDer);
  if (!key.ok) {
    return refused("InvalidRequest", key.message);
  }
  if (!isUserPublicKey(request.natsPublicKey)) {
    return refused("InvalidRequest", "the NATS key is not a user's public nkey");
  }
  const wanted = { ...request, keyFingerprint: key.keyFingerprint };
  const token = await usableToken(wanted, stores.tokens, now);
  if (!token.ok) {
    return token;
  }
  const existing = await stores.hosts.get(request.host);
  const outcome =
    existing === undefined
      ? await addHost(wanted, stores, now)
      : await joinAgain(existing, wanted, token.token, stores.tokens);
  return outcome.ok ? { ...outcome, publicKeySpki: key.publicKeySpki } : outcome;
}

type Wanted = EnrolRequest & { readonly keyFingerprint: string };
type Recorded =
  | { readonly ok: true; readonly host: EnrolledHost; readonly isNew: boolean }
  | Refused;

async function addHost(
  wanted: Wanted,
  { tokens, hosts }: { readonly tokens: JoinTokens; readonly hosts: EnrolledHosts },
  now: Date,
): Promise<Recorded> {
  const claim = { host: wanted.host, keyFingerprint: wanted.keyFingerprint };
  const claimed = await changeToken(wanted, tokens, now, (token) => claimUse(token, claim));
  if (!claimed.ok) {
    return claimed;
  }
  const host: EnrolledHost = {
    name: wanted.host,
    keyFingerprint: wanted.keyFingerprint,
    natsPublicKey: wanted.natsPublicKey,
    tokenId: claimed.token.id,
    mode: claimed.token.mode,
    options: {},
    labels: claimed.token.labels,
    addresses: [...approvedAddresses(claimed.token, wanted.address)],
    enrolledAt: now.toISOString(),
  };
  if (await hosts.create(host)) {
    const spent = await settle(claim, "spent", wanted, tokens);
    return spent.ok ? { ok: true, host, isNew: true } : spent;
  }
  const winner = await hosts.get(wanted.host);
  if (winner !== undefined && hasSameKeys(winner, wanted)) {
    const spent = await settle(claim, "spent", wanted, tokens);
    return spent.ok ? { ok: true, host: winner, isNew: false } : spent;
  }
  const returned = await settle(claim, "returned", wanted, tokens);
  return returned.ok ? nameTaken(wanted.host) : returned;
}

async function joinAgain(
  host: EnrolledHost,
  wanted: Wanted,
  token: JoinTokenRecord,
  tokens: JoinTokens,
): Promise<Recorded> {
  if (!hasSameKeys(host, wanted)) {
    return nameTaken(wanted.host);
  }
  if (host.quarantine !== undefined) {
    return refused("Quarantined", quarantineRefusal(host.name));
  }
  if (host.tokenId === token.id) {
    const claim = { host: host.name, keyFingerprint: host.keyFingerprint };
    const spent = await settle(claim, "spent", wanted, tokens);
    return spent.ok ? { ok: true, host, isNew: false } : spent;
  }
  if (usesLeft(token) === 0) {
    return refused("UsedUp", "the join token is used up; create a new one");
  }
  return { ok: true, host, isNew: false };
}

type Usable =
  | { readonly ok: true; readonly token: JoinTokenRecord; readonly version: number }
  | Refused;

async function usableToken(wanted: Wanted, tokens: JoinTokens, now: Date): Promise<Usable> {
  const found = isTokenId(wanted.tokenId) ? await tokens.get(wanted.tokenId) : undefined;
  if (found === undefined) {
    return wrongToken;
  }
  const bearer = { secret: wanted.tokenSecret, host: wanted.host, address: wanted.address };
  const verdict = judgeToken(found.token, bearer, now);
  return verdict.ok ? { ok: true, ...found } : verdict;
}

type Changed = { readonly ok: true; readonly token: JoinTokenRecord } | Refused;

async function changeToken(
  wanted: Wanted,
  tokens: JoinTokens,
  now: Date,
  change: (token: JoinTokenRecord) => Changed,
): Promise<Changed> {
  for (let attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
    const usable = await usableToken(wanted, tokens, now);
    if (!usable.ok) {
      return usable;
    }
    const changed = change(usable.token);
    if (
      !changed.ok ||
      changed.token === usable.token ||
      (await tokens.replace(changed.token, usable.version))
    ) {
      return changed;
    }
  }
  return busy;
}

/** Must end before the join is answered: a claim that stays open would let a deleted host back in. */
async function settle(
  claim: JoinTokenRecord["claims"][number],
  outcome: "spent" | "returned",
  wanted: Wanted,
  tokens: JoinTokens,
): Promise<{ readonly ok: true } | Refused> {
  for (let attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
    const found = await tokens.get(wanted.tokenId);
    if (found === undefined) {
      return { ok: true };
    }
    const settled = settleUse(found.token, claim, outcome);
    if (settled === found.token || (await tokens.replace(settled, found.version))) {
      return { ok: true };
    }
  }
  return busy;
}

const busy = refused("Busy", "many hosts are joining with this token at once; try again");

function hasSameKeys(host: EnrolledHost, wanted: Wanted): boolean {
  return (
    host.keyFingerprint === wanted.keyFingerprint && host.natsPublicKey === wanted.natsPublicKey
  );
}

function nameTaken(host: string): Refused {
  return refused(
    "NameTaken",
    `host ${host} is in the fleet with another key; choose another name, or run \`seawall delete host ${host}\` first if it is gone`,
  );
}

function refused(reason: EnrolRefusal, message: string): Refused {
  return { ok: false, reason, message };
}
