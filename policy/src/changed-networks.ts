import { DirectionNumbers } from "./direction-numbers.ts";
import type { ResolvedDirection, ResolvedState } from "./resolved-state.ts";

/** Names of the networks, and of interfaces outside Docker, of which two states of a host do not say the same. */
export function changedNetworks(before: ResolvedState, after: ResolvedState): readonly string[] {
  const numbers = new DirectionNumbers();
  const [old, next] = [saidOf(before, numbers), saidOf(after, numbers)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((name) => (old.get(name) ?? silent) !== (next.get(name) ?? silent))
    .toSorted();
}

const silent = "0 0 0 0";

/** What comes by a published port is asked of the policies of other networks too, and says nothing of this one. */
function spoken(direction: ResolvedDirection | undefined): ResolvedDirection | undefined {
  const cases = direction?.cases.filter(({ published }) => published === undefined) ?? [];
  const holds = direction?.holds ?? false;
  return cases.length === 0 && !holds ? undefined : { cases, holds };
}

function saidOf(
  { bridges, interfaces }: ResolvedState,
  numbers: DirectionNumbers,
): ReadonlyMap<string, string> {
  return new Map([
    ...interfaces.map(
      ({ interface: name, ingress, egress }) =>
        [
          name,
          [ingress, egress, undefined, undefined].map((one) => numbers.of(spoken(one))).join(" "),
        ] as const,
    ),
    ...bridges.map(
      ({ network, ingress, egress, internal, host }) =>
        [
          network,
          [ingress, egress, internal, host].map((one) => numbers.of(spoken(one))).join(" "),
        ] as const,
    ),
  ]);
}
