import type { AddressGroupDocument, NetworkDocument, RevisionDocument } from "@seawall/policy";
import { age } from "../duration.ts";
import { printable } from "../printable.ts";
import type { RevisionProof } from "../verify-history.ts";
import { labelList, list, type View } from "./column.ts";
import { fields, section } from "./describe.ts";

export function describeAddressGroup(group: AddressGroupDocument): string {
  const { metadata, spec, status } = group;
  const head = fields([
    ["Name", metadata.name],
    ["Labels", labelList(metadata.labels)],
    ["Policies", list(status.policies)],
  ]);
  return head + section("CIDRs", { headers: ["CIDR"], rows: spec.cidrs.map((cidr) => [cidr]) });
}

export function describeNetwork({ metadata, status }: NetworkDocument): string {
  return fields([
    ["Host", status.host],
    ["Name", metadata.name],
    ["ID", status.id],
    ["Driver", status.driver],
    ["Bridge", status.bridge],
    ["Subnets", list(status.subnets)],
    ["Internal", status.internal ? "yes" : "no"],
    ["Between containers", status.icc === false ? "closed by Docker" : "open"],
    ["Routed", list(status.routed ?? [])],
    ["Labels", labelList(metadata.labels)],
    ["Policies", list(status.policies)],
  ]);
}

export function describeRevision(
  { metadata, spec, status }: RevisionDocument,
  proof: RevisionProof,
  view: View,
): string {
  const changed = (names: readonly string[] | undefined) =>
    names === undefined ? "not known, the parent is not kept" : list(names);
  const head = fields([
    ["Revision", metadata.name],
    ["Current", status.current ? "yes" : "no"],
    ["Parent", spec.parent > 0 ? String(spec.parent) : "-"],
    ["Author", spec.author],
    ["Message", spec.message],
    ["Time", timeText(metadata.creationTimestamp, view.now)],
    ["Signature", signatureText(proof)],
    ["Digest", proof.digest ?? "-"],
    ["Parent's digest", proof.parentDigest ?? "-"],
    ["Created", changed(status.created)],
    ["Configured", changed(status.configured)],
    ["Deleted", changed(status.deleted)],
  ]);
  return (
    head +
    section("Objects", {
      headers: ["NAME", "SHA256"],
      rows: Object.entries(spec.tree)
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([name, digest]) => [name, digest]),
    })
  );
}

function timeText(time: string | undefined, now: number): string {
  return time === undefined ? "-" : `${time} (${age(time, now)} ago)`;
}

function signatureText({ findings, keyId }: RevisionProof): string {
  if (findings.length === 0) return `verified, of key ${keyId}`;
  return `NOT VERIFIED: ${findings.map(printable).join("; ")}`;
}
