import { diffFields, withSegment } from "@seawall/policy";

/** As an event tells it. Values are JSON; empty = absent. */
export interface FieldChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** What differs between two JSON values. Of what comes or goes as a whole, each field that holds no other. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  return diffFields(before, after).flatMap(({ path, before: was, after: is }) => {
    if (was === undefined) return leaves(path, is).map((leaf) => ({ ...leaf, before: "" }));
    if (is === undefined) return leaves(path, was).map(negated);
    return [{ path, before: was, after: is }];
  });
}

interface Leaf {
  readonly path: string;
  readonly after: string;
}

function negated({ path, after }: Leaf): FieldChange {
  return { path, before: after, after: "" };
}

function leaves(path: string, json: string | undefined): readonly Leaf[] {
  return json === undefined ? [] : leavesOf(path, JSON.parse(json));
}

function leavesOf(path: string, value: unknown): readonly Leaf[] {
  const fields = fieldsOf(value);
  if (fields.length === 0) return [{ path, after: JSON.stringify(value) }];
  return fields.flatMap(([key, field]) => leavesOf(withSegment(path, key), field));
}

function fieldsOf(value: unknown): readonly (readonly [key: string | number, field: unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
