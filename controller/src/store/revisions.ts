import type { Revision } from "@seawall/policy";
import { type Blobs, digestOf } from "./blobs.ts";
import { type Commit, type CommitRequest, overLimit } from "./revision.ts";
import { type SealedBucket, type SealedRead, type SealedRecord } from "./sealed-bucket.ts";
import type { Tampered } from "./sealed-record.ts";

/** How many revisions are kept, whether or not a host is assigned to them. */
export const KEPT_REVISIONS = 1_000;

/** A blob younger than this may belong to a commit that is under way. */
const SWEEP_AFTER_MS = 60 * 60_000;
/** A commit gives up well before its blobs could be swept. */
const COMMIT_WITHIN_MS = 10 * 60_000;

const NUMBER = /^[1-9]\d{0,14}$/;

export type RevisionRead =
  | { readonly kind: "found"; readonly revision: Revision }
  | { readonly kind: "absent" }
  | Tampered;

/** A revision that is, or by what was seen before should be, in the store. */
export interface StoredRevision {
  readonly number: number;
  /** As it is stored, whatever it is; undefined when it is gone. */
  readonly sealed: Buffer | undefined;
  readonly read: Exclude<RevisionRead, { readonly kind: "absent" }>;
}

export type Resources =
  /** `Kind/name` to the object's bytes, each verified against the revision's tree. */
  { readonly kind: "found"; readonly objects: ReadonlyMap<string, Buffer> } | Tampered;

/**
 * The fleet's history: numbered trees of objects, each created once. Committing
 * writes the objects first and then, in one step that only one writer can win, the
 * revision: it is there as a whole or not at all. Each names its parent's digest.
 */
export class RevisionStore {
  readonly #revisions: SealedBucket<Revision>;
  readonly #blobs: Blobs;
  readonly #kept: number;

  constructor(revisions: SealedBucket<Revision>, blobs: Blobs, kept: number) {
    this.#revisions = revisions;
    this.#blobs = blobs;
    this.#kept = kept;
  }

  /** @throws TamperedError, StoreError (then it may have been committed; read the newest to know) */
  async commit(request: CommitRequest): Promise<Commit> {
    const message = overLimit(request);
    if (message !== undefined) return { kind: "refused", message };
    const before = await this.#newestRecord();
    const parent = before?.body;
    const newest = parent?.number ?? 0;
    if (newest !== request.parent) return { kind: "conflict", newest };

    const tree = treeOf(request.objects);
    if (isSameTree(tree, parent?.tree ?? {})) return { kind: "unchanged", revision: parent };
    const startedMs = performance.now();
    await this.#blobs.put(newBlobs(request.objects, tree, parent));
    if (performance.now() - startedMs > COMMIT_WITHIN_MS) {
      throw new Error("the commit took so long that its objects might be swept; try again");
    }
    const { author, time, confirmWithinMs } = request;
    const revision = {
      ...{ number: newest + 1, parent: newest, parentDigest: before?.digest ?? "" },
      ...{ author, message: request.message, time, tree },
      ...(confirmWithinMs === undefined ? {} : { confirmWithinMs }),
    };
    const created = await this.#revisions.create(String(revision.number), revision);
    if (created.kind === "written") return { kind: "committed", revision };
    return { kind: "conflict", newest: await this.#newestNumber() };
  }

  async read(number: number): Promise<RevisionRead> {
    const read = await this.#revisions.read(String(number));
    const newest = read.kind === "tampered" ? await this.#newestNumber() : number;
    return this.#revisionIn(read, number, newest);
  }

  /** @throws TamperedError when the newest is gone or not to be believed: an older one must not pass for it. */
  async newest(): Promise<Revision | undefined> {
    return (await this.#newestRecord())?.body;
  }

  /** The newest `count`, newest first; what is not to be believed comes as such. */
  async list(count: number): Promise<readonly StoredRevision[]> {
    return await this.stored((await this.numbers()).slice(0, count));
  }

  /** Those of these numbers that are kept. */
  async stored(numbers: readonly number[]): Promise<readonly StoredRevision[]> {
    const newest = await this.#newestNumber();
    const all = await Promise.all(
      numbers.map(async (number) => {
        const { bytes, read } = await this.#revisions.readSealed(String(number));
        return { number, sealed: bytes, read: this.#revisionIn(read, number, newest) };
      }),
    );
    return all.flatMap(({ read, ...revision }) =>
      read.kind === "absent" ? [] : [{ ...revision, read }],
    );
  }

  /** An object as it is stored, whatever it is; undefined when it is gone. */
  async storedObject(digest: string): Promise<Buffer | undefined> {
    return await this.#blobs.stored(digest);
  }

  async resourcesOf(revision: Revision): Promise<Resources> {
    const blobs = await this.#blobs.readAll(new Set(Object.values(revision.tree)));
    const objects = new Map<string, Buffer>();
    for (const [name, digest] of Object.entries(revision.tree)) {
      const blob = blobs.get(digest);
      if (blob?.kind !== "found") {
        const place = `revisions/${String(revision.number)}`;
        const message = `revision ${revision.number} cannot be read: ${name}: ${blob?.message ?? "not read"}`;
        return { kind: "tampered", place, reason: "Missing", message };
      }
      objects.set(name, blob.bytes);
    }
    return { kind: "found", objects };
  }

  /**
   * Erases revisions beyond the newest, as many as are kept, that no host is assigned to,
   * then objects that no revision names. Erases no object while one revision cannot
   * be read. For the leader alone.
   */
  async sweep(
    assigned: ReadonlySet<number>,
  ): Promise<{ readonly revisions: number; readonly blobs: number }> {
    const numbers = await this.numbers();
    const oldest = (numbers[0] ?? 0) - this.#kept;
    const needed = new Set<string>();
    let erased = 0;
    let isComplete = true;
    for (const number of numbers) {
      const read = await this.#revisions.read(String(number));
      if (read.kind === "found" && number <= oldest && !assigned.has(number)) {
        await this.#revisions.erase(read.record);
        erased += 1;
      } else if (read.kind === "found") {
        for (const digest of Object.values(read.record.body.tree)) needed.add(digest);
      } else if (number > oldest || assigned.has(number)) {
        isComplete = false;
      }
    }
    const blobs = isComplete ? await this.#blobs.sweep(needed, SWEEP_AFTER_MS) : 0;
    return { revisions: erased, blobs };
  }

  /** Newest first; also those that are gone although this controller has seen them. */
  async numbers(): Promise<readonly number[]> {
    const keys = await this.#revisions.keys();
    return [...keys]
      .filter((key) => NUMBER.test(key))
      .map(Number)
      .sort((a, b) => b - a);
  }

  async #newestNumber(): Promise<number> {
    return (await this.numbers())[0] ?? 0;
  }

  async #newestRecord(): Promise<SealedRecord<Revision> | undefined> {
    const number = await this.#newestNumber();
    return number === 0 ? undefined : await this.#revisions.find(String(number));
  }

  #revisionIn(read: SealedRead<Revision>, number: number, newest: number): RevisionRead {
    switch (read.kind) {
      case "found":
        return { kind: "found", revision: read.record.body };
      case "absent":
      case "deleted":
        return { kind: "absent" };
      case "tampered":
        // Another controller may have swept it.
        return read.reason === "Missing" && number <= newest - this.#kept
          ? { kind: "absent" }
          : read;
    }
  }
}

function treeOf(objects: ReadonlyMap<string, Uint8Array>): Revision["tree"] {
  const names = [...objects].map(([name, bytes]) => [name, digestOf(bytes)] as const);
  return Object.fromEntries(names.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isSameTree(one: Revision["tree"], other: Revision["tree"]): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
  );
}

/** What the parent has is kept with it, since the parent is the newest. */
function newBlobs(
  objects: ReadonlyMap<string, Uint8Array>,
  tree: Revision["tree"],
  parent: Revision | undefined,
): ReadonlyMap<string, Uint8Array> {
  const kept = new Set(Object.values(parent?.tree ?? {}));
  const blobs = new Map<string, Uint8Array>();
  for (const [name, bytes] of objects) {
    const digest = tree[name];
    if (digest !== undefined && !kept.has(digest)) blobs.set(digest, bytes);
  }
  return blobs;
}
