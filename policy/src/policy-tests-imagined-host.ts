import type { HostFacts } from "./facts.ts";
import type { FleetPolicy } from "./fleet-policy.ts";
import { viewOfNetworks } from "./host-view.ts";
import type { LabelSelector, Labels } from "./label-selector.ts";
import { networkOfTest } from "./policy-tests-words.ts";
import { matchesLabels, matchesName } from "./select.ts";

/**
 * Where no real host can judge the tests of a policy: a host with the fewest
 * labels that the policy selects, and one bridge network for each name in its
 * tests, with the fewest labels that the policy selects. So policies that select
 * by other labels have no say there. undefined: the selector contradicts itself.
 */
export function imaginedHost({ spec }: FleetPolicy): HostFacts | undefined {
  const labels = fewestLabels(spec.hostSelector);
  if (labels === undefined) {
    return undefined;
  }
  const names = [...new Set((spec.tests ?? []).map(networkOfTest))];
  return {
    name: "",
    labels,
    mode: "Enforce",
    addresses: [],
    view: viewOfNetworks(
      names.map((name) => ({
        id: name,
        name,
        driver: "bridge",
        bridge: `bridge of ${name}`,
        subnets: [],
        labels: matchesName(spec.networkSelector?.names, name)
          ? (fewestLabels(spec.networkSelector) ?? {})
          : {},
        internal: false,
      })),
    ),
  };
}

function fewestLabels(selector: LabelSelector | undefined): Labels | undefined {
  const labels: Record<string, string> = { ...selector?.matchLabels };
  for (const expression of selector?.matchExpressions ?? []) {
    const { key } = expression;
    if (Object.hasOwn(labels, key)) continue;
    if (expression.operator === "Exists") labels[key] = freeValue(selector, key);
    if (expression.operator === "In") {
      const fitting = expression.values.find((value) =>
        matchesLabels(onKey(selector, key), { [key]: value }),
      );
      if (fitting !== undefined) labels[key] = fitting;
    }
  }
  return matchesLabels(selector, labels) ? labels : undefined;
}

// Exists beside In or NotIn of the same key.
function freeValue(selector: LabelSelector | undefined, key: string): string {
  const own = onKey(selector, key);
  const listed = (own.matchExpressions ?? []).flatMap((expression) =>
    expression.operator === "In" ? expression.values : [],
  );
  const free = ["any", ...listed, ...Array.from({ length: 100 }, (_, n) => `any-${String(n)}`)];
  return free.find((value) => matchesLabels(own, { [key]: value })) ?? "any";
}

function onKey(selector: LabelSelector | undefined, key: string): LabelSelector {
  return {
    matchExpressions: (selector?.matchExpressions ?? []).filter((other) => other.key === key),
  };
}
