import { type Resource, resourceDocument, resourceKey, resourceOfDocument } from "@seawall/policy";
import type { ResourceTree } from "./core/change-set.ts";
import { RevisionNotKept } from "./fleet.ts";
import type { RevisionStore } from "./store/revisions.ts";
import { TamperedError } from "./store/sealed-bucket.ts";

const KEPT = 4;

/** The resources of the revisions that are in use, read and verified once. A revision never changes. */
export class ResourceTrees {
  readonly #revisions: RevisionStore;
  readonly #trees = new Map<number, Promise<ResourceTree>>();

  constructor(revisions: RevisionStore) {
    this.#revisions = revisions;
  }

  /** Revision 0 is the fleet before the first write. @throws RevisionNotKept, TamperedError, StoreError */
  async tree(revision: number): Promise<ResourceTree> {
    if (revision === 0) return new Map();
    let tree = this.#trees.get(revision);
    if (tree === undefined) {
      tree = this.#read(revision);
      this.#trees.set(revision, tree);
      tree.catch(() => this.#trees.delete(revision));
      for (const old of [...this.#trees.keys()].sort((a, b) => a - b).slice(0, -KEPT))
        this.#trees.delete(old);
    }
    return await tree;
  }

  async #read(number: number): Promise<ResourceTree> {
    const read = await this.#revisions.read(number);
    if (read.kind === "tampered") throw new TamperedError(read);
    if (read.kind === "absent") throw new RevisionNotKept(number);
    const resources = await this.#revisions.resourcesOf(read.revision);
    if (resources.kind === "tampered") throw new TamperedError(resources);
    const tree = new Map<string, Resource>();
    for (const bytes of resources.objects.values()) {
      const resource = resourceOfDocument(bytes.toString("utf8"));
      tree.set(resourceKey(resource), resource);
    }
    return tree;
  }
}

/** A tree as it is committed: each resource by its key, as text. */
export function objectsOf(tree: ResourceTree): ReadonlyMap<string, Buffer> {
  return new Map(
    [...tree].map(([key, resource]) => [key, Buffer.from(resourceDocument(resource))]),
  );
}
