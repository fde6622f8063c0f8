import { addressesOn, containersOn } from "./container-addresses.ts";
import type { DesiredPolicy, DesiredState } from "./desired-state.ts";
import { type HostOptions, hostOptionsOf } from "./host-options.ts";
import { foreseenPorts, withoutPorts } from "./host-ports.ts";
import type { AwaitedPorts, DockerNetwork, HostPort, HostView } from "./host-view.ts";
import { isPlainInterfaceName } from "./interface-name.ts";
import { remembered } from "./remembered.ts";
import { resolveBindings } from "./resolve-bindings.ts";
import { resolveDirection } from "./resolve-direction.ts";
import { resolveList, spokenIn } from "./resolve-list.ts";
import { resolveManagement } from "./resolve-management.ts";
import { resolvePeers } from "./resolve-peers.ts";
import type {
  ResolvedBinding,
  ResolvedBridge,
  ResolvedDirection,
  ResolvedInterface,
  ResolvedList,
  ResolvedPlane,
  ResolvedPolicy,
  ResolvedState,
  Scope,
} from "./resolved-state.ts";
import { oneList } from "./resolved-state.ts";
import { selectsContainer } from "./selects-container.ts";
import { selectedNetworks } from "./selects-network.ts";

/** Names and labels to bridges and addresses, as the host is at this moment. Depends on nothing else and on no order of what the host has. */
export function resolve(desired: DesiredState, view: HostView): ResolvedState {
  const { policies, options } = desired;
  const enforced = policies.filter(({ mode }) => mode !== "Audit");
  const plane = resolvePlane(enforced, view, true);
  const chosen = hostOptionsOf(options);
  return {
    ...plane,
    ...(enforced.length < policies.length ? { audit: resolvePlane(policies, view, false) } : {}),
    dockerBridges: dockerBridges(view),
    ...(holdsNewNetworks(enforced, chosen) ? { knownBridges: knownBridges(view) } : {}),
    ...(chosen.inputGuard === "On" ? atTheHost(enforced, view, plane) : { bindings: [] }),
    management: chosen.managementGuard === "On" ? resolveManagement(view) : [],
    policies: policies.map((policy) => resolvePolicy(policy, view)),
    options: chosen,
  };
}

/** In Audit no peer is held: nothing is counted for what cannot be told. */
function resolvePlane(
  policies: readonly DesiredPolicy[],
  view: HostView,
  holdsPeers: boolean,
): ResolvedPlane {
  const bridges = view.networks
    .flatMap((network) => resolveBridge(policies, network, view, holdsPeers))
    .toSorted((a, b) => compareText(a.bridge, b.bridge) || compareText(a.networkId, b.networkId));
  const interfaces = [...new Set(policies.flatMap((policy) => policy.interfaces ?? []))]
    .filter((name) => whyNoInterface(name, view) === undefined)
    .toSorted()
    .flatMap((name) => resolveInterface(policies, name, view));
  return { bridges, interfaces, known: knownAddresses(bridges, view) };
}

/** What is judged at published ports without having been redirected. */
function atTheHost(
  policies: readonly DesiredPolicy[],
  view: HostView,
  plane: ResolvedPlane,
): Pick<ResolvedState, "bindings" | "heldPorts"> {
  const bindings = resolveBindings(view, plane);
  const foreseen = foreseenPorts(policies, awaitedPorts(policies, view, bindings));
  const heldPorts = withoutPorts(foreseen, view.ownPorts ?? []);
  return {
    bindings,
    ...(heldPorts.length === 0 ? {} : { heldPorts }),
  };
}

/**
 * Those that policies will have a say about. Not what a running container publishes of whom no policy speaks: ports are held at
 * every address, and what nobody governs must not be cut for one that may come at another.
 */
function awaitedPorts(
  policies: readonly DesiredPolicy[],
  { networks, containers, awaitedPorts: awaited = [] }: HostView,
  bindings: readonly ResolvedBinding[],
): readonly AwaitedPorts[] {
  const speaking = policies.filter((policy) => spokenIn(policy, "ingress") !== undefined);
  const selected = new Set(
    speaking.flatMap((policy) => [...selectedNetworks(policy, networks)].map(({ id }) => id)),
  );
  const isBound = ({ protocol, port }: HostPort) =>
    bindings.some((one) => one.protocol === protocol && one.hostPort === port);
  const taken = containers
    .flatMap(({ published }) => published)
    .flatMap(({ protocol, hostPort: port }): readonly HostPort[] =>
      protocol === "SCTP" ? [] : [{ protocol, port }],
    )
    .filter((port) => !isBound(port));
  return awaited
    .filter(({ networkIds }) => networkIds.some((id) => selected.has(id)))
    .flatMap(({ protocol, range, ...common }) =>
      withoutPorts([{ protocol, ranges: [range] }], taken)
        .flatMap(({ ranges }) => ranges)
        .map((left) => ({ ...common, protocol, range: left })),
    );
}

/** Where no policy speaks of networks, none can come to speak of a new one. */
function holdsNewNetworks(
  policies: readonly DesiredPolicy[],
  { newNetworks }: HostOptions,
): boolean {
  return newNetworks === "Hold" && policies.some(({ interfaces }) => interfaces === undefined);
}

/**
 * Docker's, and those that are there and are none of Docker's: it names its own after the id of the network. One whose
 * name no rule can say stays held.
 */
function knownBridges(view: HostView): readonly string[] {
  const docker = dockerBridges(view);
  const others = view.interfaces.filter((name) => !/^br-[0-9a-f]{12}$/.test(name));
  return [...new Set([...docker, ...others])]
    .filter((name) => name.startsWith("br-") && isPlainInterfaceName(name))
    .toSorted();
}

const SCOPES = ["ingress", "egress", "internal", "host"] as const satisfies readonly Scope[];

function resolveBridge(
  policies: readonly DesiredPolicy[],
  network: DockerNetwork,
  view: HostView,
  holdsPeers: boolean,
): readonly ResolvedBridge[] {
  const { id, name, bridge } = network;
  if (bridge === undefined || whyUnenforceable(network) !== undefined) return [];
  const scopes = SCOPES.flatMap((scope): readonly (readonly [Scope, ResolvedDirection])[] => {
    const direction = resolveDirection(policies, scope, network, view, holdsPeers);
    return direction === undefined ? [] : [[scope, direction]];
  });
  const isSelected = (policy: DesiredPolicy) =>
    selectedNetworks(policy, view.networks).has(network);
  if (scopes.length === 0 && !policies.some(isSelected)) return [];
  return [{ networkId: id, network: name, bridge, ...Object.fromEntries(scopes) }];
}

function resolveInterface(
  policies: readonly DesiredPolicy[],
  name: string,
  view: HostView,
): readonly ResolvedInterface[] {
  const own = policies.filter(({ interfaces }) => interfaces?.includes(name) === true);
  const directions = (["ingress", "egress"] as const).flatMap((direction) => {
    const speaking = own.filter((policy) => spokenIn(policy, direction) !== undefined);
    if (speaking.length === 0) return [];
    const list = resolveList(speaking, direction, (peers) =>
      resolvePeers(peers, { scope: direction, view, holds: false }),
    );
    return [[direction, oneList(list)] as const];
  });
  return directions.length === 0 ? [] : [{ interface: name, ...Object.fromEntries(directions) }];
}

function knownAddresses(bridges: readonly ResolvedBridge[], view: HostView) {
  const held = new Set(
    bridges
      .flatMap((bridge) => SCOPES.flatMap((scope) => bridge[scope]?.cases ?? []))
      .flatMap(({ list }) => unresolvedIn(list)),
  );
  return view.networks
    .flatMap((network) => {
      const { id, bridge } = network;
      return bridge === undefined || !held.has(bridge)
        ? []
        : [{ networkId: id, bridge, addresses: addressesOn(network, containersOn(network, view)) }];
    })
    .toSorted((a, b) => compareText(a.bridge, b.bridge) || compareText(a.networkId, b.networkId));
}

/** Bridges at which a peer that cannot be told is held. */
const unresolvedIn = remembered(({ rules }: ResolvedList): readonly string[] =>
  rules.flatMap(({ from, to }) => [...(from?.unresolved ?? []), ...(to?.unresolved ?? [])]),
);

function resolvePolicy(policy: DesiredPolicy, view: HostView): ResolvedPolicy {
  const { name, interfaces, containerSelector } = policy;
  if (interfaces !== undefined) {
    const unenforceable = interfaces.flatMap((network) => {
      const reason = whyNoInterface(network, view);
      return reason === undefined ? [] : [{ network, reason }];
    });
    const found = interfaces.filter((one) => view.interfaces.includes(one));
    return { name, networks: found.toSorted(), unenforceable };
  }
  const selected = [...selectedNetworks(policy, view.networks)];
  const unenforceable = selected.flatMap((network) => {
    const reason = whyUnenforceable(network);
    return reason === undefined ? [] : [{ network: network.name, reason }];
  });
  return {
    name,
    networks: [...new Set(selected.map((network) => network.name))].toSorted(),
    ...(containerSelector === undefined
      ? {}
      : { containers: selectedContainers(policy, selected, view) }),
    unenforceable: unenforceable.toSorted(
      (a, b) => compareText(a.network, b.network) || compareText(a.reason, b.reason),
    ),
  };
}

function selectedContainers(
  { containerSelector }: DesiredPolicy,
  networks: readonly DockerNetwork[],
  view: HostView,
): readonly string[] {
  const names = networks
    .flatMap((network) => containersOn(network, view))
    .filter((container) => selectsContainer(containerSelector, container))
    .map(({ name }) => name);
  return [...new Set(names)].toSorted();
}

function whyUnenforceable(network: DockerNetwork): "NoBridge" | "UnsupportedDriver" | undefined {
  if (network.driver !== "bridge") return "UnsupportedDriver";
  return network.bridge === undefined ? "NoBridge" : undefined;
}

/** A Docker bridge is selected by its network: what goes through it is not outside Docker. */
function whyNoInterface(name: string, view: HostView): "NoInterface" | "DockerBridge" | undefined {
  if (dockerBridges(view).includes(name)) return "DockerBridge";
  return view.interfaces.includes(name) ? undefined : "NoInterface";
}

function dockerBridges({ networks }: HostView): readonly string[] {
  return [...new Set(networks.flatMap(({ bridge }) => bridge ?? []))].toSorted();
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
