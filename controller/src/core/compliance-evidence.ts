import type { ComplianceVerdict, DesiredState, HostDocument, HostView } from "@seawall/policy";
import { quarantineAdvice } from "./duplicate-identity.ts";
import { STALE_AFTER_MS } from "./host-status.ts";

/** Whether the host has just answered that it read its kernel. */
export type Reading =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** All that a host is judged by. */
export interface ComplianceEvidence {
  /** As it is known after it was asked. */
  readonly host: HostDocument;
  readonly reading: Reading;
  /** What the newest revision wants of it; undefined: that cannot be told. */
  readonly desired: DesiredState | undefined;
  /** What it has, as it reported. */
  readonly view: HostView;
  /** Only what this policy selects; undefined: everything. */
  readonly policy: string | undefined;
}

/** What a control found. */
export type Finding = { readonly verdict: "PASS"; readonly message: string } | Problem;

export interface Problem {
  readonly verdict: Exclude<ComplianceVerdict, "PASS">;
  /** PascalCase. */
  readonly reason: string;
  readonly message: string;
  /** What to do about it. */
  readonly next: string;
}

export function pass(message: string): Finding {
  return { verdict: "PASS", message };
}

export function fail(reason: string, message: string, next: string): Problem {
  return { verdict: "FAIL", reason, message, next };
}

export function unknown(reason: string, message: string, next: string): Problem {
  return { verdict: "UNKNOWN", reason, message, next };
}

/** Why nothing that the host said counts: it is too old, or not what it says when it is asked. undefined: it counts. */
export function whyUnanswered({ host, reading }: ComplianceEvidence): Problem | undefined {
  const { state, reason, message, reportAgeMs } = host.status;
  if (state === "Quarantined")
    return unknown(reason, message, quarantineAdvice(host.metadata.name));
  const next = `see how its agent is on ${host.metadata.name}: systemctl status seawall-agent`;
  const isOld = reportAgeMs < 0 || reportAgeMs > STALE_AFTER_MS;
  if (isOld || state === "Pending" || state === "Stale") return unknown(reason, message, next);
  if (reading.ok) return undefined;
  return unknown(reading.reason, `its rules could not be read back now: ${reading.message}`, next);
}

/** Why what its kernel holds is not known; undefined: it is. */
export function whyUnread({ host }: ComplianceEvidence): Problem | undefined {
  if (host.status.rulesetDigest !== "") return undefined;
  return unknown("NotReadBack", "the report carries no digest of the rules", lookCloser(host));
}

/** Why its rules are not known to be those that are wanted; undefined: they are. */
export function whyNotInSync({ host }: ComplianceEvidence): Problem | undefined {
  const { state, reason, message } = host.status;
  return state === "InSync" ? undefined : fail(reason || state, message, lookCloser(host));
}

export function lookCloser({ metadata }: ComplianceEvidence["host"]): string {
  return `look closer: seawall describe host ${metadata.name}`;
}
