import { compileSelector } from "./compile-selector.ts";
import { containersOn, sharersOn } from "./container-addresses.ts";
import type { ContainerSelector } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { PolicyPeer } from "./fleet-policy.ts";
import type { DockerContainer, DockerNetwork, HostView, PublishedPort } from "./host-view.ts";
import { isBridged } from "./limits-ground.ts";
import type { LintedPolicy, LintedRule } from "./lint-cover.ts";
import type { Oddity } from "./lint-rules.ts";
import { publishedPathFrom } from "./published-path.ts";
import { matchesLabels } from "./select.ts";
import { excludeSelectors } from "./selectors-exclude.ts";
import { selectsContainer } from "./selects-container.ts";
import { selectsNetwork } from "./selects-network.ts";
import { matchesPorts } from "./simulate.ts";

/** An Allow between two bridges, which Docker keeps apart itself, and no published port joins. */
export function inertAllows(policy: LintedPolicy, hosts: readonly HostFacts[]): readonly Oddity[] {
  const { spec, rules } = policy;
  const selected = hosts.filter(({ labels }) => matchesLabels(spec.hostSelector, labels));
  const views = selected.map(({ view }) => view).filter(({ networks }) => networks.length > 0);
  return (["ingress", "egress"] as const).flatMap((direction) =>
    rules[direction].flatMap((rule, index): readonly Oddity[] => {
      const peers =
        direction === "ingress"
          ? spec.ingress?.rules?.[index]?.from
          : spec.egress?.rules?.[index]?.to;
      if (rule.action !== "Allow" || peers === undefined || peers.some(isOutsideDocker)) return [];
      const allow = { policy, direction, rule, peers };
      const message = views.length === 0 ? wordsWithoutHosts(allow) : wordsOnHosts(allow, views);
      return message === undefined ? [] : [{ path: ["spec", direction, "rules", index], message }];
    }),
  );
}

interface DockerAllow {
  readonly policy: LintedPolicy;
  readonly direction: "ingress" | "egress";
  readonly rule: LintedRule;
  /** Networks and containers only. */
  readonly peers: readonly PolicyPeer[];
}

function isOutsideDocker({ networkSelector, containerSelector }: PolicyPeer): boolean {
  return networkSelector === undefined && containerSelector === undefined;
}

/** Which ports are published is not known; what is routed instead of kept apart neither, but that is rare. */
function wordsWithoutHosts({ policy, direction, rule, peers }: DockerAllow): string | undefined {
  const { networkSelector } = policy.spec;
  const areOthers =
    policy.spec.interfaces === undefined &&
    peers.every(
      (peer) =>
        peer.networkSelector !== undefined &&
        excludeSelectors(peer.networkSelector, networkSelector),
    );
  const isMeant = rule.ports?.some(({ kind }) => kind === "publishedPort") === true;
  if (!areOthers || isMeant) return undefined;
  const how =
    direction === "ingress" ? ", or name the ports by publishedPort to show that it is meant" : "";
  return `opens no more than published ports: Docker drops what one of its networks sends to another; put both ends on one network, where \`internal\` governs them${how}`;
}

function wordsOnHosts(allow: DockerAllow, views: readonly HostView[]): string | undefined {
  const ways = views.flatMap((view) => waysOn(view, allow));
  return ways.length > 0 && ways.every((way) => isKeptApart(way) && !isJoined(way))
    ? "opens nothing: Docker drops what one of its networks sends to another, and no published port of the hosts that it is for leads from one to the other; put both ends on one network, where `internal` governs them"
    : undefined;
}

/** From a bridge of a host to one of its own or another, which the rule speaks of. */
interface Way {
  readonly view: HostView;
  readonly client: DockerNetwork;
  readonly server: DockerNetwork;
  /** For which the rule counts, of containers of the server's. */
  readonly published: readonly Publication[];
}

interface Publication {
  readonly container: DockerContainer;
  readonly binding: PublishedPort;
}

function waysOn(view: HostView, allow: DockerAllow): readonly Way[] {
  const { policy, direction, peers } = allow;
  const { networkSelector } = policy.desired;
  if (networkSelector === undefined) return [];
  const bridged = view.networks.filter(isBridged);
  const own = bridged.filter((network) => selectsNetwork(networkSelector, network));
  const others = bridged.filter((network) => peers.some((peer) => finds(peer, network, view)));
  const [clients, servers] = direction === "ingress" ? [others, own] : [own, others];
  return servers.flatMap((server) => {
    const published = publishedOn(server, view, allow);
    return clients.map((client) => ({ view, client, server, published }));
  });
}

function finds(peer: PolicyPeer, network: DockerNetwork, view: HostView): boolean {
  return peer.networkSelector === undefined
    ? containersOn(network, view).some((container) => isPeer(peer, container, network))
    : isPeersNetwork(peer, network);
}

function isPeersNetwork({ networkSelector }: PolicyPeer, network: DockerNetwork): boolean {
  return networkSelector !== undefined && selectsNetwork(compileSelector(networkSelector), network);
}

function isPeer(peer: PolicyPeer, container: DockerContainer, network: DockerNetwork): boolean {
  const { containerSelector } = peer;
  return (
    isPeersNetwork(peer, network) ||
    (containerSelector !== undefined &&
      selectsContainer(compileSelector(containerSelector), container))
  );
}

/** In every IP version that both have. */
function isKeptApart({ view, client, server }: Way): boolean {
  const areOpen = (["IPv4", "IPv6"] as const).some(
    (family) =>
      !view.engine.dockerRules[family] &&
      [client, server].every(({ subnets }) =>
        subnets.some((subnet) => subnet.includes(":") === (family === "IPv6")),
      ),
  );
  return client.id !== server.id && server.routed === undefined && !areOpen;
}

/** Whether a container of the one may call one of the other by a published port. */
function isJoined({ view, client, published }: Way): boolean {
  return published.some(({ container, binding }) => {
    const path = publishedPathFrom(client, container, binding, view);
    if (path.kind !== "forwarded") return path.kind === "docker-proxy";
    // Of an engine that is not known nobody knows whether docker-proxy runs.
    return view.engine.version === "" || path.to.some(({ network }) => network.id === client.id);
  });
}

function publishedOn(
  network: DockerNetwork,
  view: HostView,
  allow: DockerAllow,
): readonly Publication[] {
  const sharers = sharersOn(network, view);
  return containersOn(network, view)
    .filter((container) => sharers(container).some((one) => isServer(one, network, allow)))
    .flatMap((container) => container.published.map((binding) => ({ container, binding })))
    .filter(({ binding: { protocol, hostPort: publishedPort, containerPort: destinationPort } }) =>
      matchesPorts(allow.rule, { protocol, destinationPort, publishedPort }),
    );
}

function isServer(
  container: DockerContainer,
  network: DockerNetwork,
  { policy, direction, peers }: DockerAllow,
): boolean {
  const selector: ContainerSelector | undefined = policy.desired.containerSelector;
  return direction === "ingress"
    ? selectsContainer(selector, container)
    : peers.some((peer) => isPeer(peer, container, network));
}
