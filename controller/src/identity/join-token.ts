import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";
import { formatJoinToken } from "@seawall/proto";
import { z } from "zod";
import { type HostMode, hostModes } from "../core/host-mode.ts";

const cidr = z.union([z.cidrv4(), z.cidrv6()]);

/** A join token as the controller keeps it. The secret itself is shown once and kept nowhere. */
export const joinTokenRecord = z.strictObject({
  id: z.string(),
  /** The user who made it. */
  createdBy: z.string(),
  /** Hex sha256. The secret has 256 random bits, so no salt and no slow hash is needed. */
  secretHash: z.string(),
  uses: z.number().int().min(1),
  /** Uses that ended with a host in the fleet. */
  spent: z.number().int().min(0),
  /** Uses taken by joins that have not ended yet: a join that was interrupted goes on with its own. */
  claims: z.array(z.strictObject({ host: z.string(), keyFingerprint: z.string() })),
  /** RFC 3339. */
  expiresAt: z.iso.datetime(),
  /** Only this host may join; absent = any name. */
  host: z.string().optional(),
  /** Given to every host that joins with it. */
  labels: z.record(z.string(), z.string()),
  /** Of every host that joins with it. */
  mode: z.enum(hostModes).default("Enforce"),
  /** The joining host's address must lie in one of these; empty = any, and none is recorded. */
  addressRanges: z.array(cidr),
});
export type JoinTokenRecord = Readonly<z.infer<typeof joinTokenRecord>>;

export interface JoinTokenWishes {
  readonly createdBy: string;
  readonly uses: number;
  readonly expiresAt: Date;
  readonly host?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: HostMode;
  readonly addressRanges: readonly string[];
}

/** @param random 40 random bytes: id and secret. */
export function makeJoinToken(
  wishes: JoinTokenWishes,
  caFingerprint: string,
  random: Buffer,
): { readonly text: string; readonly record: JoinTokenRecord } {
  const id = random.subarray(0, 8).toString("hex");
  const secret = random.subarray(8, 40).toString("base64url");
  return {
    text: formatJoinToken({ caFingerprint, id, secret }),
    record: {
      id,
      createdBy: wishes.createdBy,
      secretHash: sha256(secret).toString("hex"),
      uses: wishes.uses,
      spent: 0,
      claims: [],
      expiresAt: wishes.expiresAt.toISOString(),
      ...(wishes.host === undefined ? {} : { host: wishes.host }),
      labels: { ...wishes.labels },
      mode: wishes.mode,
      addressRanges: [...wishes.addressRanges],
    },
  };
}

export type TokenRefusal =
  | "WrongToken"
  | "Expired"
  | "HostNotAllowed"
  | "AddressNotInRange"
  | "UsedUp";

export type TokenVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: TokenRefusal; readonly message: string };

/** Who presents the token. `address` is the connection's, not the caller's word. */
export interface TokenBearer {
  readonly secret: string;
  readonly host: string;
  readonly address: string;
}

/** Reports whether the bearer may use the token at all. Whether a use is left is {@link claimUse}'s matter. */
export function judgeToken(token: JoinTokenRecord, bearer: TokenBearer, now: Date): TokenVerdict {
  if (!timingSafeEqual(sha256(bearer.secret), Buffer.from(token.secretHash, "hex"))) {
    return wrongToken;
  }
  if (now.getTime() >= Date.parse(token.expiresAt)) {
    return refused("Expired", `the join token expired at ${token.expiresAt}; create a new one`);
  }
  if (token.host !== undefined && token.host !== bearer.host) {
    return refused(
      "HostNotAllowed",
      `the join token is for host ${token.host}, not for ${bearer.host}`,
    );
  }
  if (token.addressRanges.length > 0 && !liesIn(bearer.address, token.addressRanges)) {
    return refused(
      "AddressNotInRange",
      `the join token is for addresses in ${token.addressRanges.join(", ")}; this host comes from ${bearer.address}`,
    );
  }
  return { ok: true };
}

/** One answer for an unknown id and for a wrong secret: who guesses learns nothing. */
export const wrongToken = refused(
  "WrongToken",
  "the join token is not known here or its secret is wrong",
);

type Claim = JoinTokenRecord["claims"][number];

/** Takes a use for this host and key, or goes on with the one it took before. */
export function claimUse(
  token: JoinTokenRecord,
  claim: Claim,
): { readonly ok: true; readonly token: JoinTokenRecord } | Extract<TokenVerdict, { ok: false }> {
  if (token.claims.some((other) => isSame(other, claim))) {
    return { ok: true, token };
  }
  if (usesLeft(token) === 0) {
    return refused(
      "UsedUp",
      `the join token has been used ${token.uses} of ${token.uses} times; create a new one`,
    );
  }
  return { ok: true, token: { ...token, claims: [...token.claims, claim] } };
}

export function usesLeft({ uses, spent, claims }: JoinTokenRecord): number {
  return uses - spent - claims.length;
}

/** The join ended: its use is spent, or given back. */
export function settleUse(
  token: JoinTokenRecord,
  claim: Claim,
  outcome: "spent" | "returned",
): JoinTokenRecord {
  const claims = token.claims.filter((other) => !isSame(other, claim));
  if (claims.length === token.claims.length) {
    return token;
  }
  return { ...token, claims, spent: token.spent + (outcome === "spent" ? 1 : 0) };
}

/** The address that joining with this token approves, as a single-address CIDR; none when the token names no range. */
export function approvedAddresses(token: JoinTokenRecord, address: string): readonly string[] {
  if (token.addressRanges.length === 0 || !liesIn(address, token.addressRanges)) {
    return [];
  }
  return [`${address}/${isIP(address) === 4 ? 32 : 128}`];
}

function liesIn(address: string, ranges: readonly string[]): boolean {
  const version = isIP(address);
  if (version === 0) {
    return false;
  }
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", length = ""] = range.split("/");
    list.addSubnet(network, Number(length), isIP(network) === 4 ? "ipv4" : "ipv6");
  }
  return list.check(address, version === 4 ? "ipv4" : "ipv6");
}

function isSame(one: Claim, other: Claim): boolean {
  return one.host === other.host && one.keyFingerprint === other.keyFingerprint;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function refused(reason: TokenRefusal, message: string): Extract<TokenVerdict, { ok: false }> {
  return { ok: false, reason, message };
}
