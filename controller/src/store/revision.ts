import type { Revision } from "@seawall/policy";

/** Most bytes of one object as it is stored. */
const MAX_OBJECT_BYTES = 256 * 1024;
const MAX_OBJECTS = 2_000;
const MAX_MESSAGE_BYTES = 4_096;

/** What somebody wants to commit: the whole tree, not the changes. */
export interface CommitRequest {
  /** The newest revision the writer has seen; 0 = none. */
  readonly parent: number;
  readonly author: string;
  readonly message: string;
  /** RFC 3339. */
  readonly time: string;
  /** `Kind/name` to the object's bytes. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

export type Commit =
  | { readonly kind: "committed"; readonly revision: Revision }
  /** The parent has the same tree: nothing was written. */
  | { readonly kind: "unchanged"; readonly revision: Revision | undefined }
  /** The parent is not the newest any more, or never was. */
  | { readonly kind: "conflict"; readonly newest: number }
  /** Over a limit; nothing was written. */
  | { readonly kind: "refused"; readonly message: string };

/** Why a commit is over a limit; undefined when it is not. */
export function overLimit({ objects, message }: CommitRequest): string | undefined {
  if (objects.size > MAX_OBJECTS) {
    return `a revision holds at most ${MAX_OBJECTS} objects, this one would hold ${objects.size}`;
  }
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) {
    return `the message has more than ${MAX_MESSAGE_BYTES} bytes`;
  }
  for (const [name, bytes] of objects) {
    if (bytes.length > MAX_OBJECT_BYTES) {
      return `${name} has ${bytes.length} bytes, more than the ${MAX_OBJECT_BYTES} that an object may have; split it`;
    }
  }
  return undefined;
}
