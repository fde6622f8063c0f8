import { hash } from "node:crypto";

/** What our comments begin with. */
export const commentMark = "sw:";

/** Of a hash. */
const hashLength = 16;

/**
 * Of a rule, given by the name of its chain, its text and its label, behind the rule with the hash `previous`: a rule
 * that is missing, added or moved changes every hash behind it.
 */
export function chainedHash(parts: readonly string[], previous: string): string {
  return hash("sha256", [...parts, previous].join("\n"), "base64url").slice(0, hashLength);
}

/** The comment of a rule: the hash, then words for people, as many as fit into `longest` characters. */
export function hashComment(hash: string, label: string, longest: number): string {
  return `${commentMark}${hash} ${plainLabel(label, longest)}`;
}

/** A label as it stands in a comment of at most `longest` characters. */
export function plainLabel(label: string, longest: number): string {
  const room = longest - commentMark.length - hashLength - 1;
  return label.replace(/[^A-Za-z0-9 _.,:/[\]()@+=-]/g, "_").slice(0, room);
}

/** What a comment begins with that has a hash, and the hash. */
export const hashInComment = new RegExp(
  `^${commentMark}([A-Za-z0-9_-]{${String(hashLength)}})(?: |$)`,
);
