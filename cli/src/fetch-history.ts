import { createPublicKey, type KeyObject } from "node:crypto";
import type { HistoryHead__Output, HistoryRequest } from "@seawall/proto";
import type { Connection } from "./connection.ts";
import { CommandFailure, exitCodes } from "./exit-code.ts";
import { type HandedHistory, type HandedRevision, sha256 } from "./verify-history.ts";

/** Reads revisions as they are stored. Objects are hashed as they come, and not kept. */
export async function fetchHistory(
  connection: Connection,
  request: HistoryRequest,
): Promise<HandedHistory> {
  let head: HistoryHead__Output | undefined;
  const revisions = new Map<number, HandedRevision>();
  const objects = new Map<string, "intact" | "changed" | "gone">();
  await connection.history(request, (response) => {
    head ??= response.head ?? undefined;
    if (response.revision) revisions.set(response.revision.number, response.revision);
    if (response.object) {
      const { digest, content, gone } = response.object;
      const isIntact = sha256(content) === digest;
      objects.set(digest, gone ? "gone" : isIntact ? "intact" : "changed");
    }
  });
  if (head === undefined) throw notUnderstood("it has no head");
  const { epoch, newest, kept } = head;
  return {
    ...{ signingKey: keyOf(head.signingKey), epoch, newest, kept, revisions },
    objects: request.objects === true ? objects : undefined,
  };
}

function keyOf(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    throw notUnderstood("its signing key cannot be read");
  }
}

function notUnderstood(why: string): CommandFailure {
  return new CommandFailure(
    exitCodes.error,
    `Error: the history that the controller answered with is not understood: ${why}.\nCompare versions: seawall version`,
  );
}
