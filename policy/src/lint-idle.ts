import { compileSelector } from "./compile-selector.ts";
import type { HostFacts } from "./facts.ts";
import type { FieldPath } from "./field-path.ts";
import type { FleetPolicySpec } from "./fleet-policy.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { LintedPolicy } from "./lint-cover.ts";
import type { Oddity } from "./lint-rules.ts";
import { peersOf } from "./policy-peers.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedPolicy } from "./resolved-state.ts";
import { matchesLabels } from "./select.ts";
import { selectsContainer } from "./selects-container.ts";
import { selectsNetwork } from "./selects-network.ts";

/** Selectors that find nothing on the fleet's hosts, as these reported themselves last. Without hosts nothing is known. */
export function idleSelectors(
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
  const found = reporting.flatMap(({ view }) => resolve({ policies: [desired] }, view).policies);
  return [
    ...idleTarget(spec, found, reporting),
    ...idlePeers(spec, reporting),
    ...hostPeers(spec, hosts),
  ];
}

function idleTarget(
  spec: FleetPolicySpec,
  found: readonly ResolvedPolicy[],
  reporting: readonly HostFacts[],
): readonly Oddity[] {
  if (reporting.length === 0) {
    return [];
  }
  const where = `of the hosts that it is for (${String(reporting.length)} reported theirs)`;
  if (spec.interfaces !== undefined) {
    return spec.interfaces.flatMap((name, index) =>
      found.some(({ networks }) => networks.includes(name))
        ? []
        : [
            {
              path: ["spec", "interfaces", index],
              message: `is no interface ${where}: compare with \`ip link\` there`,
            },
          ],
    );
  }
  if (found.every(({ networks }) => networks.length === 0)) {
    const message = `selects no network ${where}: compare with \`seawall get networks\``;
    return [{ path: ["spec", "networkSelector"], message }];
  }
  const hasContainers = reporting.some(({ view }) => view.containers.length > 0);
  return hasContainers && found.every(({ containers }) => containers?.length === 0)
    ? [
        {
          path: ["spec", "containerSelector"],
          message: `selects no running container on its networks ${where}: compare with \`seawall describe host NAME\``,
        },
      ]
    : [];
}

function idlePeers(spec: FleetPolicySpec, reporting: readonly HostFacts[]): readonly Oddity[] {
  const views = reporting.map(({ view }) => view);
  const known = {
    networks: views.flatMap(({ networks }) => networks),
    containers: views.flatMap(({ containers }) => containers),
  };
  const idle = (path: FieldPath, what: string, command: string): Oddity => ({
    path,
    message: `finds no ${what} on the hosts that the policy is for (${String(reporting.length)} reported theirs), so this peer matches nothing: compare with \`seawall ${command}\``,
  });
  return peersOf(spec).flatMap(({ peer: { networkSelector, containerSelector }, path }) => {
    if (networkSelector !== undefined && known.networks.length > 0) {
      const selector = compileSelector(networkSelector);
      return known.networks.some((network) => selectsNetwork(selector, network))
        ? []
        : [idle([...path, "networkSelector"], "network", "get networks")];
    }
    if (containerSelector !== undefined && known.containers.length > 0) {
      const selector = compileSelector(containerSelector);
      return known.containers.some((container) => selectsContainer(selector, container))
        ? []
        : [idle([...path, "containerSelector"], "running container", "describe host NAME")];
    }
    return [];
  });
}

function hostPeers(spec: FleetPolicySpec, hosts: readonly HostFacts[]): readonly Oddity[] {
  return peersOf(spec).flatMap(({ peer: { hostSelector }, path }) => {
    const message = hostSelector === undefined ? undefined : whyNoHost(hostSelector, hosts);
    return message === undefined ? [] : [{ path: [...path, "hostSelector"], message }];
  });
}

const SHOWN = 3;

function whyNoHost(selector: LabelSelector, hosts: readonly HostFacts[]): string | undefined {
  const found = hosts.filter(({ labels }) => matchesLabels(selector, labels));
  if (found.length === 0) {
    return `finds none of the fleet's hosts (${String(hosts.length)}), so this peer matches nothing: compare with \`seawall get hosts -o wide\``;
  }
  const without = found
    .filter(({ addresses }) => addresses.length === 0)
    .map(({ name }) => name)
    .toSorted();
  if (without.length === 0) {
    return undefined;
  }
  const more = without.length - SHOWN;
  const names = `${without.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${String(more)} more` : ""}`;
  return `finds hosts without an approved address, which it cannot match (${names}): \`seawall set host NAME --address ADDRESS\``;
}
