import type { HostFacts } from "./facts.ts";
import { type Ground, groundsOf } from "./limits-ground.ts";
import type { LintedPolicy } from "./lint-cover.ts";
import type { Oddity } from "./lint-rules.ts";
import { excludeTargets, isRankedAlike, rankPath, rankText } from "./policy-ties.ts";
import { matchesLabels } from "./select.ts";
import { selectsContainer } from "./selects-container.ts";

/**
 * Policies for different networks meet where a container on both publishes a port: its ingress is one list. Only
 * the hosts can tell; where the selectors alone do, that is told without them.
 */
export function publishedTies(
  policy: LintedPolicy,
  judged: readonly LintedPolicy[],
  hosts: readonly HostFacts[],
): readonly Oddity[] {
  const rivals = judged.filter(
    (other) =>
      other !== policy &&
      excludeTargets(policy.spec, other.spec) &&
      isRankedAlike(policy.spec, other.spec, ["ingress"]),
  );
  for (const other of rivals) {
    for (const host of hosts) {
      const container = sharedContainer(policy, other, host);
      if (container === undefined) continue;
      const message = `${rankText(policy.spec)} are also those of FleetPolicy/${other.desired.name}, and both judge the published ports of container ${container} of host ${host.name}, which is on the networks of both: the name decides which is judged first; give them different priorities`;
      return [{ path: rankPath(policy.spec), message }];
    }
  }
  return [];
}

/** Of this host one that publishes a port, and that both policies have in one of their networks. */
export function sharedContainer(
  policy: LintedPolicy,
  other: LintedPolicy,
  { labels, view }: HostFacts,
): string | undefined {
  const both = [policy, other];
  if (!both.every(({ spec }) => matchesLabels(spec.hostSelector, labels))) return undefined;
  const grounds = groundsOf({ policies: both.map(({ desired }) => desired) }, view);
  const means = ({ policy: one, networks }: Ground, container: (typeof view.containers)[number]) =>
    selectsContainer(one.containerSelector, container) &&
    container.attachments.some(({ networkId }) => networks.some(({ id }) => id === networkId));
  return view.containers.find(
    (container) =>
      container.published.length > 0 && grounds.every((ground) => means(ground, container)),
  )?.name;
}
