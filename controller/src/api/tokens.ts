import { isTokenId, type ListTokensResponse } from "@seawall/proto";
import { type JoinTokenRecord, usesLeft } from "../identity/join-token.ts";
import { RequestRefused } from "./request-refused.ts";

export interface TokenDirectory {
  list(): Promise<readonly JoinTokenRecord[]>;
  /** From here on nobody joins with it. Returns what it was; undefined when there is none. */
  delete(id: string): Promise<JoinTokenRecord | undefined>;
}

/** Those that are used up or expired too, until they are revoked. */
export async function listTokens(tokens: TokenDirectory): Promise<ListTokensResponse> {
  const all = (await tokens.list()).map((record) => ({
    ...{ id: record.id, createdBy: record.createdBy },
    ...{ uses: record.uses, usesLeft: usesLeft(record), expiresMs: Date.parse(record.expiresAt) },
    ...{ host: record.host ?? "", labels: record.labels, mode: record.mode },
    addressRanges: [...record.addressRanges],
  }));
  return { tokens: all.toSorted((a, b) => b.expiresMs - a.expiresMs || (a.id < b.id ? -1 : 1)) };
}

/** The next join with it is refused, one that was interrupted too. Hosts that have joined with it stay. Returns what it was. */
export async function revokeToken(
  { id }: { readonly id: string },
  tokens: TokenDirectory,
): Promise<JoinTokenRecord> {
  // Never said again: who gives the whole token has given its secret.
  if (!isTokenId(id)) throw new RequestRefused("InvalidRequest", "that is not the id of a token");
  const revoked = await tokens.delete(id);
  if (revoked === undefined) throw new RequestRefused("NotFound", `token "${id}" not found`);
  return revoked;
}
