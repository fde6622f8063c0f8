import { type ComplianceDocument, canonicalJson, complianceDocument } from "@seawall/policy";
import { trustedSigner, verifyDetached } from "@seawall/proto";

export type VerifiedReport =
  | { readonly ok: true; readonly document: ComplianceDocument }
  | { readonly ok: false; readonly message: string };

/** Whether a controller of this CA made the report, and nobody changed it since. It is not said that it is a recent one. */
export function verifyReport(text: string, caPem: string): VerifiedReport {
  const value = parseJson(text);
  const parsed = complianceDocument.safeParse(value);
  if (!parsed.success || typeof value !== "object" || value === null) {
    return refused("not what seawall compliance -o json prints");
  }
  const { signature, time } = parsed.data;
  const signer = trustedSigner(signature.certificate, caPem, new Date(time));
  if (!signer.ok) return refused(signer.message);
  const signed = Object.fromEntries(Object.entries(value).filter(([key]) => key !== "signature"));
  const payload = Buffer.from(canonicalJson(signed));
  const opened = verifyDetached("compliance", payload, signature, signer.keys);
  if (!opened.ok) return refused(`changed since it was signed, or never was: ${opened.message}`);
  return { ok: true, document: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses undefined and says so.
    return undefined;
  }
}

function refused(message: string): VerifiedReport {
  return { ok: false, message };
}
