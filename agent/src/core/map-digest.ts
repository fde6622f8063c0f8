import { sha256 } from "./sha256.ts";

/** What a verdict map holds, in any order: for each key, what is done, as `br-0a1b goto ipv4-I-0a1b`. */
export function mapDigest(entries: readonly string[]): string {
  return sha256(entries.toSorted().join("\n"));
}

export function mapEntryText(at: string, verdict: string): string {
  return `${at} ${verdict}`;
}
