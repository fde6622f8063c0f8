import type { ResolvedDirection, ResolvedPlane, ResolvedRule, Scope } from "@seawall/policy";

/** A list of a plane, by what reports call it. */
export interface Asked {
  /** The network's name, or that of an interface outside Docker. */
  readonly network: string;
  readonly scope: Scope;
}

export function directionOf(plane: ResolvedPlane, { network, scope }: Asked): ResolvedDirection {
  const bridge = plane.bridges.find((one) => one.network === network)?.[scope];
  if (bridge !== undefined) return bridge;
  const outside = plane.interfaces.find((one) => one.interface === network);
  const found = scope === "ingress" || scope === "egress" ? outside?.[scope] : undefined;
  if (found === undefined) throw new Error(`nothing is said about ${scope} of ${network}`);
  return found;
}

/** The rule that had a say; undefined: it was the default. */
export function ruleOf(
  plane: ResolvedPlane,
  { policy, rule, ...asked }: Asked & { readonly policy: string; readonly rule: string },
): ResolvedRule | undefined {
  if (rule === "default") return undefined;
  const found = directionOf(plane, asked)
    .cases.flatMap(({ list }) => list.rules)
    .find((one) => one.policy === policy && one.rule === rule);
  if (found === undefined) throw new Error(`${policy}/${rule} had a say and is not there`);
  return found;
}
