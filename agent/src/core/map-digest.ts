import { createHash } from "node:crypto";

/** What a verdict map holds, in any order: for each key, what is done, as `br-0a1b goto ipv4-I-0a1b`. */
export function mapDigest(entries: readonly string[]): string {
  return createHash("sha256").update(entries.toSorted().join("\n")).digest("hex");
}

export function mapEntryText(at: string, verdict: string): string {
  return `${at} ${verdict}`;
}
