import type { Family } from "@seawall/policy";
import type { ObservedFamilies } from "./observed-kernel.ts";
import { families, perTable, type Ruleset, type Table } from "./ruleset.ts";

/** What of a ruleset this kernel can hold: tables that it lacks stay empty. */
export function withinReach(ruleset: Ruleset, observed: ObservedFamilies): Ruleset {
  const chainsOf = (family: Family) =>
    perTable((table) => (lacks(observed, family, table) ? [] : ruleset.chains[family][table]));
  return { ...ruleset, chains: { IPv4: chainsOf("IPv4"), IPv6: chainsOf("IPv6") } };
}

/** Families whose guard cannot stand behind filter, because the kernel has no table for it. */
export function familiesWithoutGuard(
  { chains }: Ruleset,
  observed: ObservedFamilies,
): readonly Family[] {
  return families.filter(
    (family) => chains[family].security.length > 0 && lacks(observed, family, "security"),
  );
}

function lacks(observed: ObservedFamilies, family: Family, table: Table): boolean {
  const found = observed[family];
  return found !== "absent" && found.lacks.has(table);
}
