import { interfaceWords } from "./iptables-match.ts";
import type { End } from "./layout.ts";
import type { Chain, Rule } from "./ruleset.ts";
import { sha256 } from "./sha256.ts";

/** What is asked of traffic at one interface. */
export interface Dispatched {
  readonly at: string;
  /** Each matches this interface. A jump among them comes back, and meets the rest. */
  readonly rules: readonly Rule[];
}

/** So many interfaces are asked one after the other. */
const mostInRow = 4;

/**
 * Chains that lead by interface, the first of them to be asked. Names that begin alike share a rule, as in a tree,
 * so that a packet costs about the same for 4 bridges as for 400. `rest` is what happens to what fits nowhere.
 */
export function dispatchChains(
  name: string,
  end: End,
  entries: readonly Dispatched[],
  rest: readonly Rule[] = [],
): readonly Chain[] {
  return nodeChains(name, "", { root: name, end, rest }, entries);
}

interface Tree {
  readonly root: string;
  readonly end: End;
  readonly rest: readonly Rule[];
}

function nodeChains(
  name: string,
  prefix: string,
  tree: Tree,
  entries: readonly Dispatched[],
): readonly Chain[] {
  const parts =
    entries.length <= mostInRow
      ? [inRow(entries)]
      : branches(entries, prefix.length).map((branch) => branchPart(branch, tree));
  return [
    { name, rules: [...parts.flatMap(({ rules }) => rules), ...tree.rest] },
    ...parts.flatMap(({ chains }) => chains),
  ];
}

interface Part {
  readonly rules: readonly Rule[];
  readonly chains: readonly Chain[];
}

function inRow(entries: readonly Dispatched[]): Part {
  return { rules: entries.flatMap(({ rules }) => rules), chains: [] };
}

function branchPart(branch: readonly Dispatched[], tree: Tree): Part {
  if (branch.length === 1) return inRow(branch);
  const prefix = commonPrefix(branch.map(({ at }) => at));
  const chain = `${tree.root}-${sha256(prefix).slice(0, 8)}`;
  const match = interfaceWords(tree.end, { begins: prefix });
  return {
    rules: [{ match, target: { kind: "goto", chain }, label: `interfaces ${prefix}` }],
    chains: nodeChains(chain, prefix, tree, branch),
  };
}

/** Entries with the same character at this place; one whose name ends there is alone. */
function branches(
  entries: readonly Dispatched[],
  place: number,
): readonly (readonly Dispatched[])[] {
  const found = new Map<string, Dispatched[]>();
  for (const entry of entries) {
    const letter = entry.at.charAt(place);
    const before = found.get(letter);
    if (before === undefined) found.set(letter, [entry]);
    else before.push(entry);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, branch]) => branch);
}

function commonPrefix(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, length);
}
