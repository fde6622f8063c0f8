import type {
  ResolvedDirection,
  ResolvedPlane,
  ResolvedRule,
  ResolvedState,
  Scope,
} from "@seawall/policy";

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

/** What is enforced, and what is audited if anything is. */
export function planesOf(state: ResolvedState): readonly ResolvedPlane[] {
  return [state, ...(state.audit === undefined ? [] : [state.audit])];
}
