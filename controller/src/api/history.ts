import type { HistoryRequest__Output, HistoryResponse } from "@seawall/proto";
import { KEPT_REVISIONS, type RevisionStore } from "../store/revisions.ts";

export interface HistorySource {
  readonly revisions: Pick<RevisionStore, "numbers" | "stored" | "storedObject">;
  readonly epoch: number;
  /** Ed25519, as SPKI. */
  readonly signingKey: Buffer;
}

/** So many are in memory at once: a revision of 2,000 objects has some 300 kB. */
const AT_ONCE = 20;

/**
 * Hands over what is stored, byte by byte, for a client to verify: a controller whose
 * store lies must not be the one that says it does not. Of what it knows itself it adds what
 * no client can: what it has seen before.
 */
export async function* history(
  { from, to, objects }: HistoryRequest__Output,
  { revisions, epoch, signingKey }: HistorySource,
): AsyncGenerator<HistoryResponse> {
  const all = await revisions.numbers();
  const newest = all[0] ?? 0;
  yield { head: { signingKey, epoch, newest, kept: KEPT_REVISIONS } };
  const asked = all
    .filter((number) => number >= from && (to === 0 || number <= to))
    .toSorted((a, b) => a - b);
  const digests = new Set<string>();
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    for (const { number, sealed, read } of await revisions.stored(asked.slice(at, at + AT_ONCE))) {
      const finding = read.kind === "tampered" ? read.message : "";
      yield { revision: { number, sealed: sealed ?? Buffer.alloc(0), finding } };
      if (read.kind === "found")
        for (const digest of Object.values(read.revision.tree)) digests.add(digest);
    }
  }
  if (!objects) return;
  for (const digest of digests) {
    const content = await revisions.storedObject(digest);
    yield { object: { digest, content: content ?? Buffer.alloc(0), gone: content === undefined } };
  }
}
