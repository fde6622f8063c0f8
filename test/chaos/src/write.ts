import { createHash } from "node:crypto";
import {
  parseManifests,
  type Resource,
  type RevisionDocument,
  resourceDocument,
} from "@seawall/policy";
import { manifestOf, type PolicyChange } from "./policy-change.ts";

/** A change that was sent to the controller. */
export interface Write {
  /** Of its fault; those before the first fault count from 0 downwards. */
  readonly number: number;
  readonly change: PolicyChange;
  readonly outcome:
    | { readonly kind: "acknowledged"; readonly revision: number }
    /** It may or may not have been done. */
    | { readonly kind: "unknown"; readonly said: string };
}

/** What a write is called in the history. */
export function messageOf({ number }: Pick<Write, "number">): string {
  return `fault ${String(number)}`;
}

/** What the fleet is to enforce after all of these, as its history has them. */
export function resourcesAfter(
  writes: readonly Write[],
  history: readonly RevisionDocument[],
): readonly Resource[] {
  const texts = new Map<string, string>();
  for (const { spec } of inOrder(history)) {
    const write = writes.find((one) => messageOf(one) === spec.message);
    if (write === undefined) continue;
    const manifest = manifestOf(write.change, write.number);
    if (manifest === undefined) texts.delete(write.change.object);
    else texts.set(write.change.object, manifest);
  }
  return [...texts.values()].map(resourceOf);
}

function resourceOf(manifest: string): Resource {
  const { resources, issues } = parseManifests([{ name: "-", content: manifest }]);
  const [parsed] = resources;
  if (parsed === undefined) throw new Error(JSON.stringify(issues));
  return parsed.resource;
}

/** Whatever the store has lost, doubled or made up, in words. */
export function historyProblems(
  writes: readonly Write[],
  history: readonly RevisionDocument[],
): readonly string[] {
  const revisions = inOrder(history);
  const problems: string[] = [];
  for (const [index, { metadata, spec }] of revisions.entries()) {
    if (Number(metadata.name) !== index + 1 || spec.parent !== index) {
      problems.push(
        `revision ${metadata.name} of ${String(spec.parent)} stands at ${String(index + 1)}`,
      );
    }
    if (!writes.some((write) => messageOf(write) === spec.message)) {
      problems.push(
        `nobody has written revision ${metadata.name}, ${JSON.stringify(spec.message)}`,
      );
    }
  }
  for (const write of writes) {
    const { outcome } = write;
    const found = revisions.filter(({ spec }) => spec.message === messageOf(write));
    if (found.length > 1) problems.push(`${messageOf(write)} was written more than once`);
    if (outcome.kind !== "acknowledged") continue;
    if (found[0]?.metadata.name !== String(outcome.revision)) {
      problems.push(
        `revision ${String(outcome.revision)}, acknowledged for ${messageOf(write)}, is lost`,
      );
    }
  }
  const stored = JSON.stringify(sorted(revisions.at(-1)?.spec.tree ?? {}));
  const wanted = JSON.stringify(sorted(treeOf(resourcesAfter(writes, history))));
  if (stored !== wanted)
    problems.push(`the newest revision holds ${stored}, which is to be ${wanted}`);
  return problems;
}

function inOrder(history: readonly RevisionDocument[]): readonly RevisionDocument[] {
  return history.toSorted((a, b) => Number(a.metadata.name) - Number(b.metadata.name));
}

/** As a revision has it. */
function treeOf(resources: readonly Resource[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    resources.map((resource) => [
      `${resource.kind}/${resource.metadata.name}`,
      createHash("sha256").update(resourceDocument(resource)).digest("hex"),
    ]),
  );
}

function sorted(tree: Readonly<Record<string, string>>) {
  return Object.entries(tree).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
