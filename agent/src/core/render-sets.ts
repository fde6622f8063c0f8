import { type LayoutChain, rulesIn } from "./layout.ts";
import type { AddressSetDefinition } from "./ruleset.ts";

/** The sets that these chains may name, by key. */
export function namedSets(chains: readonly LayoutChain[]): readonly AddressSetDefinition[] {
  const found = new Map<string, AddressSetDefinition>();
  for (const match of chains.flatMap(rulesIn).flatMap((rule) => rule.match)) {
    if (match.kind !== "addresses" || match.key === undefined) continue;
    addSet(found, { key: match.key, cidrs: match.cidrs });
  }
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

// One rule stands in many lists, always with the same addresses.
function addSet(found: Map<string, AddressSetDefinition>, set: AddressSetDefinition): void {
  const before = found.get(set.key);
  if (before === undefined) found.set(set.key, set);
  else if (before.cidrs !== set.cidrs && before.cidrs.join() !== set.cidrs.join()) {
    throw new Error(`two sets of addresses are called ${set.key}`);
  }
}
