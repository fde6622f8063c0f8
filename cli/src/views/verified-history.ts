import { printable } from "../printable.ts";
import type { KnownRevision, VerifiedHistory } from "../verify-history.ts";
import { fields, section } from "./describe.ts";

export function verifiedHistoryText(verified: VerifiedHistory): string {
  const { from, to, revisions, swept, objects, keyId, head, findings } = verified;
  const summary = fields([
    ["Revisions", revisions === 0 ? "none" : `${revisions}, ${from} to ${to}`],
    ["Swept", swept === 0 ? "none" : `${swept}, older than what is kept`],
    ["Objects", String(objects)],
    ["Key", keyId],
    ["Head", head === undefined ? "-" : headText(head)],
  ]);
  const rows = findings.map(({ revision, message }) => [String(revision), printable(message)]);
  return summary + section("Findings", { headers: ["REVISION", "WHAT"], rows });
}

/** As --known takes it. */
export function headText({ number, digest }: KnownRevision): string {
  return `${number}:${digest}`;
}
