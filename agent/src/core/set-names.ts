import type { Family } from "@seawall/policy";
import type { Difference } from "./diff.ts";
import type { ObservedTables } from "./observed-kernel.ts";
import type { ObservedFamily } from "./parse-save.ts";
import { families } from "./ruleset.ts";
import { setName } from "./set-name.ts";
import type { NamedSet } from "./written-ruleset.ts";

export type SetNamed = Pick<NamedSet, "key" | "name">;

/** The name by which rules in force know a set; where none do, the one it had `before`, or its first. */
export function nameInUse(
  family: Family,
  key: string,
  observed: ObservedFamily | "absent",
  before: readonly SetNamed[] | undefined,
): string {
  const first = setName(family, key, "a");
  if (observed === "absent") return first;
  const inUse = [first, setName(family, key, "b")].find((name) => observed.setsInUse.has(name));
  return inUse ?? before?.find((set) => set.key === key)?.name ?? first;
}

/** The sets whose new content must stand beside the old one until the rules change over to it. */
export function namesToChange(
  differences: readonly Difference[],
  observed: ObservedTables,
): ReadonlySet<string> {
  return new Set(
    families.flatMap((family) =>
      namesOf(
        family,
        differences.filter((it) => it.family === family),
        observed,
      ),
    ),
  );
}

// Rules that have moved to the other variant of iptables leave those behind that go on denying until they are swept.
function namesOf(
  family: Family,
  differences: readonly Difference[],
  { [family]: found, ipset, elsewhere }: ObservedTables,
): readonly string[] {
  if (found === "absent" || ipset === "missing") return [];
  const left = elsewhere?.[family] ?? "absent";
  const isInForce = (name: string) =>
    found.setsInUse.has(name) || (left !== "absent" && left.setsInUse.has(name));
  const inForce = differences.flatMap((it) =>
    "set" in it && isInForce(it.set.name) ? [it.set.name] : [],
  );
  const [only] = inForce;
  const inPlace = only !== undefined && differences.length === 1 && ipset.get(only)?.plain === true;
  return inPlace ? [] : inForce;
}
