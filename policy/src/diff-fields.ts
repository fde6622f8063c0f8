import { type FieldPath, formatPath } from "./field-path.ts";

/** A place where two documents differ. Values are JSON; an absent one was not there. */
export interface FieldDiff {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/**
 * What differs between two JSON values, sorted by key. Lists are compared from
 * both ends, so an item put in or taken out is one difference and not one for
 * every item behind it. Positions are those of `after`, for a removed item those of `before`.
 */
export function diffFields(before: unknown, after: unknown): readonly FieldDiff[] {
  return diffAt([], before, after);
}

function diffAt(path: FieldPath, before: unknown, after: unknown): readonly FieldDiff[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    return diffLists(path, before, after);
  }
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
    return keys.flatMap((key) => diffAt([...path, key], fieldOf(before, key), fieldOf(after, key)));
  }
  return sameValue(before, after) ? [] : [difference(path, before, after)];
}

function diffLists(
  path: FieldPath,
  before: readonly unknown[],
  after: readonly unknown[],
): readonly FieldDiff[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && sameValue(before[head], after[head])) {
    head += 1;
  }
  let tail = 0;
  while (tail < shorter - head && sameValue(before.at(-1 - tail), after.at(-1 - tail))) {
    tail += 1;
  }
  const changed = {
    before: before.slice(head, before.length - tail),
    after: after.slice(head, after.length - tail),
  };
  return Array.from(
    { length: Math.max(changed.before.length, changed.after.length) },
    (_, index) => index,
  ).flatMap((index) =>
    diffAt([...path, head + index], changed.before[index], changed.after[index]),
  );
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
    );
  }
  return a === b;
}

function difference(path: FieldPath, before: unknown, after: unknown): FieldDiff {
  return {
    path: formatPath(path),
    ...(before === undefined ? {} : { before: JSON.stringify(before) }),
    ...(after === undefined ? {} : { after: JSON.stringify(after) }),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldOf(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
