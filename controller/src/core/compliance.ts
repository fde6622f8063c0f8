import type { HostDocument } from "./host-document.ts";
import { STALE_AFTER_MS } from "./host-status.ts";

export interface HostVerdict {
  readonly verdict: "PASS" | "FAIL" | "UNKNOWN";
  readonly reason: string;
  readonly message: string;
}

/** Whether the host has just answered that it read its kernel. */
export type Reading =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/**
 * A host passes when the rules of its newest bundle were read back from its
 * kernel, in both families, a moment ago, and no policy says anything there that
 * no rule can bring about. What is not known is UNKNOWN, and UNKNOWN is not compliant.
 */
export function complianceOf(host: HostDocument, reading: Reading): HostVerdict {
  const { status } = host;
  if (status.reportAgeMs < 0 || status.reportAgeMs > STALE_AFTER_MS) {
    return { verdict: "UNKNOWN", reason: status.reason, message: status.message };
  }
  if (status.state === "Pending" || status.state === "Stale") {
    return { verdict: "UNKNOWN", reason: status.reason, message: status.message };
  }
  if (status.state !== "InSync") {
    return { verdict: "FAIL", reason: status.reason || status.state, message: status.message };
  }
  if (status.rulesetDigest === "") {
    return {
      verdict: "UNKNOWN",
      reason: "NotReadBack",
      message: "the report carries no digest of the rules",
    };
  }
  if (!reading.ok) {
    const message = `its rules could not be read back now: ${reading.message}`;
    return { verdict: "UNKNOWN", reason: reading.reason, message };
  }
  const partial = status.policies.filter(({ reason }) => reason === "PartiallyEnforced");
  if (partial.length > 0) {
    return { verdict: "FAIL", reason: "PartiallyEnforced", message: limitsText(host, partial) };
  }
  return {
    verdict: "PASS",
    reason: "InSync",
    message: `generation ${String(status.generation)} read back`,
  };
}

const SHOWN_LIMITS = 2;

function limitsText(
  { metadata, status }: HostDocument,
  partial: HostDocument["status"]["policies"],
): string {
  const names = new Set(partial.map(({ name }) => name));
  const landing = status.limits.filter(({ policies }) => policies.some((name) => names.has(name)));
  const more = landing.length - SHOWN_LIMITS;
  const shown = landing
    .slice(0, SHOWN_LIMITS)
    .map(({ message, policies }) => `${message} (${shortList(policies)})`);
  const rest = more > 0 ? `; ${String(more)} more` : "";
  return `${shown.join("; ")}${rest}: see \`seawall describe host ${metadata.name}\``;
}

const SHOWN_POLICIES = 3;

function shortList(names: readonly string[]): string {
  const more = names.length - SHOWN_POLICIES;
  const shown = names.slice(0, SHOWN_POLICIES).join(", ");
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}
