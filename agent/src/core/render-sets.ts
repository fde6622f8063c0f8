import { remembered } from "@seawall/policy";
import { type LayoutChain, rulesIn } from "./layout.ts";
import type { AddressSetDefinition } from "./ruleset.ts";

/** The sets that these chains may name, by key. */
export function namedSets(chains: readonly LayoutChain[]): readonly AddressSetDefinition[] {
  const found = new Map<string, AddressSetDefinition>();
  for (const set of chains.flatMap((chain) => setsOf(chain))) addSet(found, set);
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const setsOf = remembered((chain: LayoutChain): readonly AddressSetDefinition[] =>
  rulesIn(chain).flatMap(({ match }) =>
    match.flatMap((one) =>
      one.kind === "addresses" && one.key !== undefined ? [{ key: one.key, cidrs: one.cidrs }] : [],
    ),
  ),
);

// One rule stands in many lists, always with the same addresses.
function addSet(found: Map<string, AddressSetDefinition>, set: AddressSetDefinition): void {
  const before = found.get(set.key);
  if (before === undefined) found.set(set.key, set);
  else if (before.cidrs !== set.cidrs && before.cidrs.join() !== set.cidrs.join()) {
    throw new Error(`two sets of addresses are called ${set.key}`);
  }
}
