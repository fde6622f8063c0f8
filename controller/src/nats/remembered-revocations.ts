import type { Revocation, Revocations } from "./operator.ts";
import { AGENT_USER_TTL_SECONDS } from "./user-credentials.ts";

/** A revocation is needed as long as the last credentials may live. */
const REMEMBERED_SECONDS = AGENT_USER_TTL_SECONDS + 60 * 60;

export function isRemembered(untilSeconds: number, nowMs: number): boolean {
  return untilSeconds > nowMs / 1000 - REMEMBERED_SECONDS;
}

/** Of each key the latest; without those of whose credentials none can be valid any more. */
export function rememberedRevocations(all: Iterable<Revocation>, nowMs: number): Revocations {
  const latest = new Map<string, number>();
  for (const [publicKey, until] of all) {
    if (isRemembered(until, nowMs))
      latest.set(publicKey, Math.max(until, latest.get(publicKey) ?? until));
  }
  return latest;
}
