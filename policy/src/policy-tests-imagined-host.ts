import type { HostFacts } from "./facts.ts";
import type { FleetPolicy, FleetPolicySpec } from "./fleet-policy.ts";
import {
  type DockerContainer,
  type DockerNetwork,
  type HostView,
  viewOfNetworks,
} from "./host-view.ts";
import type { LabelSelector, Labels } from "./label-selector.ts";
import { dockerEndsOf, interfacesOf } from "./policy-tests-words.ts";
import { matchesLabels, matchesName } from "./select.ts";

/**
 * Where no real host can judge the tests of a policy: a host with the fewest
 * labels that the policy selects, and one bridge network for each name in its
 * tests, with the fewest labels that the policy selects. So policies that select
 * by other labels have no say there. Each network has a container that the policy
 * selects, beside those that tests name; where they do not say on which network,
 * it is one that the policy selects. It has the interfaces that the policy and its tests name. undefined: the selector contradicts itself.
 */
export function imaginedHost({ spec }: FleetPolicy): HostFacts | undefined {
  const labels = fewestLabels(spec.hostSelector);
  if (labels === undefined) {
    return undefined;
  }
  return { name: "", labels, mode: "Enforce", addresses: [], view: imaginedView(spec) };
}

function imaginedView(spec: FleetPolicySpec): HostView {
  const home = fittingName(spec.networkSelector?.names, "network");
  const anybody = fittingName(spec.containerSelector?.names, "container");
  const ends = (spec.tests ?? [])
    .flatMap(dockerEndsOf)
    .map(({ network = home, container = anybody }) => ({ network, container }));
  const networks = [...new Set(ends.map(({ network }) => network))];
  const containers = [...new Set(ends.map(({ container }) => container))];
  return {
    ...viewOfNetworks(networks.map((name) => imaginedNetwork(spec, name))),
    interfaces: [...(spec.interfaces ?? []), ...(spec.tests ?? []).flatMap(interfacesOf)],
    containers: containers.map((name, index) => {
      const own = ends.filter(({ container }) => container === name);
      const places = new Set(own.map(({ network }) => network));
      return imaginedContainer(spec, name, index + 1, [...places]);
    }),
  };
}

function imaginedNetwork({ networkSelector }: FleetPolicySpec, name: string): DockerNetwork {
  return {
    id: name,
    name,
    driver: "bridge",
    bridge: `bridge of ${name}`,
    subnets: [],
    labels: matchesName(networkSelector?.names, name) ? (fewestLabels(networkSelector) ?? {}) : {},
    internal: false,
  };
}

/** Its addresses are nobody's in the world, so that no rule is about them. */
function imaginedContainer(
  { containerSelector }: FleetPolicySpec,
  name: string,
  number: number,
  networks: readonly string[],
): DockerContainer {
  return {
    id: name,
    name,
    labels: matchesName(containerSelector?.names, name)
      ? (fewestLabels(containerSelector) ?? {})
      : {},
    hostNetwork: false,
    attachments: networks.map((networkId) => ({
      networkId,
      addresses: [`0.0.0.${String(number % 256)}`, `::${number.toString(16)}`],
    })),
    published: [],
  };
}

/** The first that a pattern allows. */
function fittingName(patterns: readonly string[] | undefined, otherwise: string): string {
  const [pattern] = patterns ?? [];
  return pattern === undefined ? otherwise : pattern.replaceAll("*", "");
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
