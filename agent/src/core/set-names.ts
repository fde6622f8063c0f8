import type { Family } from "@seawall/policy";
import type { Difference } from "./diff.ts";
import type { ObservedKernel } from "./observed-kernel.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families } from "./ruleset.ts";
import { setName } from "./set-name.ts";
import type { WrittenRuleset } from "./written-ruleset.ts";

/** The name by which rules in force know a set; where none do, the one it had `before`, or its first. */
export function nameInUse(
  family: Family,
  key: string,
  observed: ObservedFamily | "absent",
  before: WrittenRuleset | undefined,
): string {
  const first = setName(family, key, "a");
  if (observed === "absent") return first;
  const inUse = [first, setName(family, key, "b")].find((name) => observed.setsInUse.has(name));
  return inUse ?? before?.[family].sets.find((set) => set.key === key)?.name ?? first;
}

/** The sets whose new content must stand beside the old one until the rules change over to it. */
export function namesToChange(
  differences: readonly Difference[],
  observed: ObservedKernel,
): ReadonlySet<string> {
  return new Set(
    families.flatMap((family) =>
      namesOf(
        differences.filter((it) => it.family === family),
        observed[family],
        observed.ipset,
      ),
    ),
  );
}

function namesOf(
  differences: readonly Difference[],
  found: ObservedFamily | "absent",
  ipset: ObservedKernel["ipset"],
): readonly string[] {
  if (found === "absent" || ipset === "missing") return [];
  const inForce = differences.flatMap((it) =>
    "set" in it && found.setsInUse.has(it.set.name) ? [it.set.name] : [],
  );
  const [only] = inForce;
  const inPlace = only !== undefined && differences.length === 1 && ipset.get(only)?.plain === true;
  return inPlace ? [] : inForce;
}
