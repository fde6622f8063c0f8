import { compilerOf } from "./compile.ts";
import { compileSelector } from "./compile-selector.ts";
import type { Direction } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import { formatPath } from "./field-path.ts";
import type { FleetPolicy, FleetPolicySpec, PolicyPeer } from "./fleet-policy.ts";
import type { Issue } from "./issue.ts";
import { type LintedPolicy, lintedPolicy } from "./lint-cover.ts";
import { cutDns, forgottenIpv6, type Oddity, uselessRules } from "./lint-rules.ts";
import type { ParsedResource } from "./parse-manifests.ts";
import { resolve } from "./resolve.ts";
import type { Resource } from "./resource.ts";
import { matchesLabels } from "./select.ts";
import { selectsNetwork } from "./selects-network.ts";
import { groupReferences } from "./validate-tree.ts";

/**
 * Warnings about the policies in the files: what is valid and probably not meant.
 * `tree` is everything there will be, valid but for groups that only the fleet may
 * have: a policy that names one of those is left out. Without `hosts` nothing is
 * said about what selectors find.
 */
export function lint(
  tree: readonly Resource[],
  parsed: readonly ParsedResource[],
  hosts: readonly HostFacts[] = [],
): readonly Issue[] {
  if (!parsed.some(({ resource }) => resource.kind === "FleetPolicy")) {
    return [];
  }
  const groups = groupsOf(tree);
  const judged = lintedPolicies(tree, groups);
  const byName = new Map(judged.map((policy) => [policy.desired.name, policy]));
  return parsed.flatMap(({ resource, locate }) => {
    const policy = byName.get(resource.metadata.name);
    if (resource.kind !== "FleetPolicy" || policy === undefined) {
      return [];
    }
    return [
      ...uselessRules(policy, judged),
      ...forgottenIpv6(policy),
      ...cutDns(policy, judged),
      ...emptyGroups(resource, groups),
      ...idleSelectors(policy, hosts),
    ].map(
      ({ path, message }): Issue => ({
        severity: "warning",
        place: locate(path),
        path: formatPath(path),
        message,
      }),
    );
  });
}

type Groups = ReadonlyMap<string, readonly string[]>;

function groupsOf(tree: readonly Resource[]): Groups {
  return new Map(
    tree
      .filter((resource) => resource.kind === "AddressGroup")
      .map((group) => [group.metadata.name, group.spec.cidrs]),
  );
}

/** In the order in which they are judged. */
function lintedPolicies(tree: readonly Resource[], groups: Groups): readonly LintedPolicy[] {
  const known = tree
    .filter((resource) => resource.kind === "FleetPolicy")
    .filter((policy) => groupReferences(policy).every(({ group }) => groups.has(group)));
  const specs = new Map(known.map(({ metadata, spec }) => [metadata.name, spec]));
  const compile = compilerOf(
    [...tree.filter(({ kind }) => kind !== "FleetPolicy"), ...known.map(onEveryHost)],
    [],
  );
  const { policies } = compile({ name: "", labels: {}, mode: "Enforce" });
  return policies.flatMap((desired) => {
    const spec = specs.get(desired.name);
    return spec === undefined ? [] : [lintedPolicy(spec, desired)];
  });
}

function onEveryHost(policy: FleetPolicy): FleetPolicy {
  return { ...policy, spec: { ...policy.spec, hostSelector: {} } };
}

function emptyGroups(policy: FleetPolicy, groups: Groups): readonly Oddity[] {
  return groupReferences(policy).flatMap(({ group, path }) =>
    groups.get(group)?.length === 0
      ? [
          {
            path,
            message: `AddressGroup/${group} is empty and matches nothing: fill it, or remove it from this rule`,
          },
        ]
      : [],
  );
}

function idleSelectors(
  { spec, desired }: LintedPolicy,
  hosts: readonly HostFacts[],
): readonly Oddity[] {
  if (hosts.length === 0) {
    return [];
  }
  const selected = hosts.filter(({ labels }) => matchesLabels(spec.hostSelector, labels));
  if (selected.length === 0) {
    return [
      {
        path: ["spec", "hostSelector"],
        message: `selects none of the fleet's hosts (${String(hosts.length)}): compare with \`seawall get hosts -o wide\``,
      },
    ];
  }
  const reporting = selected.filter(({ view }) => view.networks.length > 0);
  const isIdle =
    reporting.length > 0 &&
    reporting.every(({ view }) =>
      resolve({ policies: [desired] }, view).policies.every((one) => one.networks.length === 0),
    );
  return isIdle
    ? [
        {
          path: ["spec", "networkSelector"],
          message: `selects no network of the hosts that it is for (${String(reporting.length)} reported theirs): compare with \`seawall get networks\``,
        },
      ]
    : idlePeers(spec, reporting);
}

function idlePeers(spec: FleetPolicySpec, reporting: readonly HostFacts[]): readonly Oddity[] {
  const isIdle = ({ networkSelector }: PolicyPeer) =>
    networkSelector !== undefined &&
    reporting.length > 0 &&
    !reporting.some(({ view }) =>
      view.networks.some((network) => selectsNetwork(compileSelector(networkSelector), network)),
    );
  const at = (direction: Direction, rule: number, key: string, peers: readonly PolicyPeer[] = []) =>
    peers.flatMap((peer, index): readonly Oddity[] =>
      isIdle(peer)
        ? [
            {
              path: ["spec", direction, "rules", rule, key, index, "networkSelector"],
              message: `finds no network on the hosts that the policy is for (${String(reporting.length)} reported theirs), so this peer matches nothing: compare with \`seawall get networks\``,
            },
          ]
        : [],
    );
  return [
    ...(spec.ingress?.rules ?? []).flatMap(({ from }, rule) => at("ingress", rule, "from", from)),
    ...(spec.egress?.rules ?? []).flatMap(({ to }, rule) => at("egress", rule, "to", to)),
  ];
}
