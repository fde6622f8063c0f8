import type {
  Family,
  ResolvedDirection,
  ResolvedPlane,
  ResolvedRule,
  Scope,
} from "@seawall/policy";
import { setsOf } from "./render-peers.ts";
import type { AddressSetDefinition, Chain } from "./ruleset.ts";

/** The sets that these chains name, by key. */
export function namedSets(
  planes: readonly ResolvedPlane[],
  chains: readonly Chain[],
  family: Family,
): readonly AddressSetDefinition[] {
  const named = new Set<string>();
  for (const { rules } of chains) {
    for (const { match } of rules) {
      for (const word of match) if (typeof word !== "string" && "set" in word) named.add(word.set);
    }
  }
  if (named.size === 0) return [];
  const found = new Map<string, AddressSetDefinition>();
  for (const { rule, scope } of planes.flatMap(rulesOf)) {
    for (const set of setsOf(rule, scope, family)) if (named.has(set.key)) addSet(found, set);
  }
  return [...found.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

// One rule stands in many lists, always with the same addresses.
function addSet(found: Map<string, AddressSetDefinition>, set: AddressSetDefinition): void {
  const before = found.get(set.key);
  if (before !== undefined && before.cidrs.join() !== set.cidrs.join()) {
    throw new Error(`two sets of addresses are called ${set.key}`);
  }
  found.set(set.key, set);
}

export interface ScopedRule {
  readonly rule: ResolvedRule;
  readonly scope: Scope;
}

const scopes = ["egress", "ingress", "internal", "host"] as const satisfies readonly Scope[];

/** Every rule of a plane, as often as it stands in a list. */
export function rulesOf({
  bridges,
  interfaces,
}: Pick<ResolvedPlane, "bridges" | "interfaces">): readonly ScopedRule[] {
  const places: readonly Readonly<Partial<Record<Scope, ResolvedDirection>>>[] = [
    ...bridges,
    ...interfaces,
  ];
  return places.flatMap((place) =>
    scopes.flatMap((scope) =>
      (place[scope]?.cases ?? []).flatMap(({ list }) =>
        list.rules.map((rule) => ({ rule, scope })),
      ),
    ),
  );
}
