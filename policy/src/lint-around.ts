import type { HostFacts } from "./facts.ts";
import type { Limit } from "./limit.ts";
import { limitsOf } from "./limits.ts";
import type { LintedPolicy } from "./lint-cover.ts";
import type { Oddity } from "./lint-rules.ts";
import { resolve } from "./resolve.ts";
import { matchesLabels } from "./select.ts";

/** What these are about is told where nothing else of the policy is left, in words of their own. */
const TOLD_ELSEWHERE: readonly Limit["path"][] = ["no-bridge", "same-bridge"];

/** A path around the policy that every host has on which it selects anything, as these reported themselves last. */
export function everywhereAround(
  { spec, desired }: LintedPolicy,
  hosts: readonly HostFacts[],
): readonly Oddity[] {
  const limits = hosts
    .filter(({ labels }) => matchesLabels(spec.hostSelector, labels))
    .map(({ view, options = {} }) => ({ view, state: { policies: [desired], options } }))
    .filter(({ view, state }) =>
      resolve(state, view).policies.some(({ networks }) => networks.length > 0),
    )
    .map(({ view, state }) =>
      limitsOf(state, view).filter(
        ({ path, policies }) => policies.length > 0 && !TOLD_ELSEWHERE.includes(path),
      ),
    );
  const [first = [], ...others] = limits;
  return first
    .filter(({ reason }) => others.every((all) => all.some((limit) => limit.reason === reason)))
    .map(({ message, advice }) => ({
      path: ["spec"],
      message: `every host that it is for (${String(limits.length)}) has a way around it: ${message}; ${advice}`,
    }));
}
