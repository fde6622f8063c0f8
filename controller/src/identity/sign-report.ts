import { canonicalJson } from "@seawall/policy";
import { type DetachedSignature, signDetached } from "@seawall/proto";
import type { Authority } from "./authority.ts";
import type { SigningKey } from "./signing-key.ts";

/** Beside a report, all that it takes to check it with nothing but the fleet's CA. */
export interface ReportSignature extends DetachedSignature {
  /** PEM. */
  readonly certificate: string;
}

/** Signs a report of this moment, without its signature. */
export type SignReport = (report: object, now: Date) => Promise<ReportSignature>;

export function reportSigner(
  authority: Pick<Authority, "issueSigner">,
  key: SigningKey,
): SignReport {
  return async (report, now) => ({
    ...signDetached("compliance", Buffer.from(canonicalJson(report)), key),
    certificate: await authority.issueSigner(key.publicKeySpki, now),
  });
}
