import { formatAddress, parseAddress } from "./cidr.ts";
import type { Family } from "./desired-state.ts";
import type { DockerContainer, DockerProxy, HostView } from "./host-view.ts";
import type { Limit } from "./limit.ts";
import { clientsThroughProxy, containersThroughProxy } from "./limit-words.ts";
import { type Ground, isBridged, type LimitedPart, limitsFor, restricts } from "./limits-ground.ts";
import { selectsContainer } from "./selects-container.ts";

/**
 * Connections that docker-proxy accepts end at the host and begin there anew, so nothing is forwarded:
 * those of clients whose packets Docker does not redirect, and those of the host's own containers.
 */
export function proxyLimits(grounds: readonly Ground[], view: HostView): readonly Limit[] {
  const { proxies, dockerRules } = view.engine;
  const reachable = proxies.filter(({ hostAddress }) => !isLoopback(hostAddress));
  const behind = containersByAddress(view);
  const targets = reachable.map((proxy) => ({ proxy, ...targetOf(proxy, behind, grounds) }));
  const fromOutside = (family: Family) =>
    targets.filter(
      ({ proxy }) =>
        familyOf(proxy.hostAddress) === family &&
        (familyOf(proxy.containerAddress) !== family || !dockerRules[family]),
    );
  // It leaves by the host instead of by the network, so this network's egress is not asked.
  const leaving = grounds
    .filter(
      ({ policy, networks }) =>
        restricts(policy.egress) && policy.egress?.host !== true && networks.some(isBridged),
    )
    .map(({ policy }) => policy.name);
  return [
    ...(["IPv4", "IPv6"] as const).flatMap((family) =>
      limitsFor(fromOutside(family), (ports) =>
        clientsThroughProxy(ports, family, dockerRules[family]),
      ),
    ),
    ...limitsFor(
      targets.map(({ what, policies }) => ({ what, policies: [...policies, ...leaving] })),
      containersThroughProxy,
    ),
  ];
}

function targetOf(
  { protocol, hostPort, containerAddress }: DockerProxy,
  behind: ReadonlyMap<string, readonly DockerContainer[]>,
  grounds: readonly Ground[],
): LimitedPart {
  const containers = behind.get(keyOf(containerAddress)) ?? [];
  const ingress = grounds.filter(({ policy }) => restricts(policy.ingress));
  const [name = "unknown container"] = containers.map((container) => container.name).toSorted();
  return {
    what: `${String(hostPort)}/${protocol} of ${name}`,
    policies: ingress
      .filter((ground) =>
        // Nobody's that is known: it may be anyone's.
        containers.length === 0
          ? ground.networks.some(isBridged)
          : containers.some((container) => means(ground, container)),
      )
      .map(({ policy }) => policy.name),
  };
}

function means({ policy, networks }: Ground, container: DockerContainer): boolean {
  return (
    selectsContainer(policy.containerSelector, container) &&
    container.attachments.some(({ networkId }) => networks.some(({ id }) => id === networkId))
  );
}

function containersByAddress({ containers }: HostView) {
  const found = new Map<string, DockerContainer[]>();
  for (const container of containers) {
    for (const address of container.attachments.flatMap(({ addresses }) => addresses)) {
      const key = keyOf(address);
      found.set(key, [...(found.get(key) ?? []), container]);
    }
  }
  return found;
}

/** The same for every way of writing an address. */
function keyOf(text: string): string {
  const parsed = parseAddress(text);
  return parsed.ok ? formatAddress(parsed.address) : text;
}

function familyOf(address: string): Family {
  return address.includes(":") ? "IPv6" : "IPv4";
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || keyOf(address) === "::1";
}
