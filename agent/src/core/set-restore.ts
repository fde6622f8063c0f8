import type { Family } from "@seawall/policy";
import type { Difference } from "./diff.ts";
import type { ObservedSets } from "./parse-ipset.ts";
import { fillingName } from "./set-name.ts";
import type { NamedSet } from "./written-ruleset.ts";

/** What the kernel takes without being told. */
const usualMaxelem = 65_536;

/**
 * What `ipset restore` has to do to end the differences of sets; undefined when there are none. Each
 * set is filled under a third name and takes its own in one step, so what rules name is never half full.
 */
export function setRestore(
  differences: readonly Difference[],
  observed: ObservedSets,
): string | undefined {
  const lines = differences.flatMap((it) =>
    "set" in it ? fillLines(it.family, it.set, observed) : [],
  );
  return lines.length === 0 ? undefined : [...lines, ""].join("\n");
}

function fillLines(
  family: Family,
  { name, cidrs }: NamedSet,
  observed: ObservedSets,
): readonly string[] {
  const filling = fillingName(name);
  const type = `hash:net family ${family === "IPv4" ? "inet" : "inet6"}`;
  return [
    ...(observed.has(filling) ? [`destroy ${filling}`] : []),
    `create ${filling} ${type} maxelem ${String(Math.max(usualMaxelem, cidrs.length))}`,
    ...cidrs.map((cidr) => `add ${filling} ${member(cidr)}`),
    ...takeNameLines(filling, name, observed),
  ];
}

function takeNameLines(filling: string, name: string, observed: ObservedSets): readonly string[] {
  const found = observed.get(name);
  if (found === undefined) return [`rename ${filling} ${name}`];
  // Sets of another type cannot be swapped.
  if (!found.plain) return [`destroy ${name}`, `rename ${filling} ${name}`];
  return [`swap ${filling} ${name}`, `destroy ${filling}`];
}

// Checked long before; a word that could end the line would be a command of somebody else.
function member(cidr: string): string {
  if (!/^[0-9a-f.:]+\/[0-9]{1,3}$/.test(cidr)) {
    throw new Error(`not a member of a set: ${JSON.stringify(cidr)}`);
  }
  return cidr;
}
