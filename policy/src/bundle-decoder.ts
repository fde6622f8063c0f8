import { type Bundle, type BundleDecoded, decodeJson, expandBundle } from "./bundle.ts";
import type { DesiredPolicy } from "./desired-state.ts";
import { desiredPoliciesSchema } from "./desired-state-schema.ts";

/**
 * As `decodeBundle`, asked of one host's bundles as they come: it says exactly the same, and a policy whose text is that
 * of one in the bundle before is the same object. What is the same at both ends is not even parsed and checked again.
 */
export type BundleDecoder = (bytes: Uint8Array) => BundleDecoded;

export function createBundleDecoder(): BundleDecoder {
  let before: readonly ReadPolicy[] = [];
  return (bytes) => {
    const expanded = expandBundle(bytes);
    if (!expanded.ok) return expanded;
    const read = readBundle(expanded.json, before);
    // Whatever is wrong with it, or only unusual: said by whoever reads all of it.
    if (read === undefined) return decodeJson(expanded.json);
    before = read.policies;
    return { ok: true, bundle: read.bundle };
  };
}

/** A policy that was checked, and its text. */
interface ReadPolicy {
  readonly text: string;
  readonly policy: DesiredPolicy;
}

/**
 * JSON has one way to be read: if what is left without the items of a list is JSON with an empty list in that place, and
 * the items in brackets are a list, then both together are the list in that place. Undefined unless the text is, letter for
 * letter, how we write what was read of it: so no field is there twice, and the list is the one that counts.
 */
function readBundle(
  json: string,
  before: readonly ReadPolicy[],
): { readonly bundle: Bundle; readonly policies: readonly ReadPolicy[] } | undefined {
  const [begin, end] = listOfPolicies(json);
  const frame = `${json.slice(0, begin)}${json.slice(end)}`;
  const decoded = decodeJson(frame);
  if (!decoded.ok || JSON.stringify(decoded.bundle) !== frame) return undefined;
  const policies = readPolicies(json.slice(begin, end), before);
  if (policies === undefined) return undefined;
  const { desired } = decoded.bundle;
  const all = policies.map(({ policy }) => policy);
  return { policies, bundle: { ...decoded.bundle, desired: { ...desired, policies: all } } };
}

/** Where its items begin and end, if it is in the usual place. */
function listOfPolicies(json: string): readonly [begin: number, end: number] {
  const opening = '"desired":{"policies":[';
  const begin = json.indexOf(opening) + opening.length;
  const end = json.endsWith("]}}") ? json.length - 3 : json.lastIndexOf('],"options":{');
  return [begin, end];
}

function readPolicies(
  list: string,
  before: readonly ReadPolicy[],
): readonly ReadPolicy[] | undefined {
  const [first, from] = sameAtBegin(list, before);
  const [last, to] = sameAtEnd(list, before, first, from);
  const changed = list.slice(from, to);
  const parsed = desiredPoliciesSchema.safeParse(parseJson(`[${changed}]`));
  if (!parsed.success || parsed.data.length === 0) return undefined;
  const read = parsed.data.map((policy) => ({ text: JSON.stringify(policy), policy }));
  if (read.map(({ text }) => text).join() !== changed) return undefined;
  const known = new Map(before.slice(first, last).map((one) => [one.text, one]));
  return [
    ...before.slice(0, first),
    ...read.map((one) => known.get(one.text) ?? one),
    ...before.slice(last),
  ];
}

/** How many policies the list begins with, a comma behind each, and where the rest of it begins. */
function sameAtBegin(list: string, before: readonly ReadPolicy[]) {
  let from = 0;
  for (const [index, { text }] of before.entries()) {
    const end = from + text.length;
    if (list[end] !== "," || list.slice(from, end) !== text) return [index, from] as const;
    from = end + 1;
  }
  return [before.length, from] as const;
}

/** From which policy on the list ends with them, a comma ahead of each, and where the rest of it ends. */
function sameAtEnd(list: string, before: readonly ReadPolicy[], first: number, from: number) {
  let to = list.length;
  for (let index = before.length - 1; index >= first; index -= 1) {
    const { text = "" } = before[index] ?? {};
    const begin = to - text.length;
    if (begin <= from || list[begin - 1] !== "," || list.slice(begin, to) !== text) {
      return [index + 1, to] as const;
    }
    to = begin - 1;
  }
  return [first, to] as const;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
