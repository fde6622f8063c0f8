import {
  type LabelSelector,
  matchesLabels,
  type Resource,
  resourceDocument,
  resourceKey,
} from "@seawall/policy";

/** All resources of a revision, by `Kind/name`. */
export type ResourceTree = ReadonlyMap<string, Resource>;

export interface Change {
  readonly action: "unchanged" | "created" | "configured" | "deleted";
  /** Absent when created. */
  readonly before?: Resource;
  /** Absent when deleted. */
  readonly after?: Resource;
}

/** What a write does to a tree. */
export interface ChangeSet {
  readonly next: ResourceTree;
  /** By `Kind/name`, in the order the author named them; pruned ones last. */
  readonly changes: ReadonlyMap<string, Change>;
}

/**
 * Puts the named resources into the tree and leaves the others alone, except
 * that with `prune` those it selects and `applied` does not name are deleted.
 */
export function planApply(
  current: ResourceTree,
  applied: readonly Resource[],
  prune?: LabelSelector,
): ChangeSet {
  const next = new Map(current);
  const changes = new Map<string, Change>();
  for (const resource of applied) {
    const key = resourceKey(resource);
    next.set(key, resource);
    changes.set(key, changeOf(current.get(key), resource));
  }
  for (const [key, resource] of current) {
    if (
      prune !== undefined &&
      !changes.has(key) &&
      matchesLabels(prune, resource.metadata.labels ?? {})
    ) {
      next.delete(key);
      changes.set(key, { action: "deleted", before: resource });
    }
  }
  return { next, changes };
}

/** Deletes the named resources; names that are not in the tree are returned instead. */
export function planDelete(
  current: ResourceTree,
  keys: readonly string[],
):
  | { readonly ok: true; readonly set: ChangeSet }
  | { readonly ok: false; readonly missing: readonly string[] } {
  const missing = keys.filter((key) => !current.has(key));
  if (missing.length > 0) return { ok: false, missing };
  const next = new Map(current);
  const changes = new Map<string, Change>();
  for (const key of keys) {
    const before = current.get(key);
    next.delete(key);
    if (before !== undefined) changes.set(key, { action: "deleted", before });
  }
  return { ok: true, set: { next, changes } };
}

/** What makes one tree of another: what is in both and the same is left out. Sorted by key. */
export function changesBetween(before: ResourceTree, after: ResourceTree): ChangeSet {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  const all = keys.map((key) => [key, changeBetween(before.get(key), after.get(key))] as const);
  return {
    next: after,
    changes: new Map(all.filter(([, { action }]) => action !== "unchanged")),
  };
}

function changeBetween(before: Resource | undefined, after: Resource | undefined): Change {
  if (after !== undefined) return changeOf(before, after);
  return before === undefined ? { action: "unchanged" } : { action: "deleted", before };
}

export function changesAnything({ changes }: ChangeSet): boolean {
  return [...changes.values()].some(({ action }) => action !== "unchanged");
}

function changeOf(before: Resource | undefined, after: Resource): Change {
  if (before === undefined) return { action: "created", after };
  const same = resourceDocument(before) === resourceDocument(after);
  return { action: same ? "unchanged" : "configured", before, after };
}
