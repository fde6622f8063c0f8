import { type Address, cidrOfText } from "./cidr.ts";
import type { DesiredState } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { DockerContainer, HostView } from "./host-view.ts";
import type { Oddity } from "./lint-rules.ts";
import { proxiedPacket, redirectedPacket } from "./published-packets.ts";
import { familyOfBinding, publishedPath } from "./published-path.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { type Judgement, type RuleName, simulate } from "./simulate.ts";
import { unnamedAddress } from "./unnamed-address.ts";

/** Where hosts reach the controller. */
export interface ControllerPath {
  /** TCP ports under which it is advertised. */
  readonly ports: readonly number[];
}

/** A connection of a host to the controller that policies would deny. */
export interface CutPath {
  /** Whose rule or default decides. */
  readonly policy: string;
  readonly oddity: Oddity;
}

/**
 * Where the controller runs in a container of a fleet host, its published ports are as governed as any:
 * those connections of fleet hosts that the policies would deny. `desiredOf` is the state of a host after
 * the change. From where a host without an approved address comes is not known, so an address that no rule
 * names is tried for it.
 */
export function cutPaths(
  hosts: readonly HostFacts[],
  { ports }: ControllerPath,
  desiredOf: (host: HostFacts) => DesiredState,
): readonly CutPath[] {
  return hosts.flatMap((home) => {
    const own = controllersOn(home.view, ports);
    if (own.length === 0) return [];
    const state = resolve(desiredOf(home), home.view);
    const clients = hosts.filter(({ name }) => name !== home.name);
    const found = own.flatMap((container) =>
      clients
        .flatMap((client) => sourcesOf(client, state))
        .flatMap((source) => deniedPaths(source, container, ports, home, state)),
    );
    // One line a policy: the first connection is as good as any, one that is known better.
    const policies = [...new Set(found.map(({ rule }) => rule.policy))];
    return policies.flatMap((policy) => {
      const denied = found.filter(({ rule }) => rule.policy === policy);
      const first = denied.find(({ source }) => source.isKnown) ?? denied[0];
      return first === undefined
        ? []
        : [{ policy, oddity: cutOddity(first, whereOf(own, home), ports) }];
    });
  });
}

/** From where a host may connect. */
interface Source {
  readonly host: string;
  readonly address: Address;
  /** Approved; else as good as any. */
  readonly isKnown: boolean;
}

function sourcesOf({ name: host, addresses }: HostFacts, state: ResolvedState): readonly Source[] {
  const approved = addresses.map(cidrOfText);
  return approved.length > 0
    ? approved.map(({ family, network }) => ({
        ...{ host, address: { family, value: network }, isKnown: true },
      }))
    : (["IPv4", "IPv6"] as const).map((family) => ({
        ...{ host, address: unnamedAddress(state, family), isKnown: false },
      }));
}

interface DeniedPath {
  readonly source: Source;
  readonly port: number;
  readonly judgement: Judgement;
  readonly rule: RuleName;
}

/** On each way that Docker may lead the connection. */
function deniedPaths(
  source: Source,
  container: DockerContainer,
  ports: readonly number[],
  { view }: HostFacts,
  state: ResolvedState,
): readonly DeniedPath[] {
  const caller = { source: source.address, in: OUTSIDE };
  return container.published.flatMap((binding) => {
    const { protocol, hostPort: port } = binding;
    if (protocol !== "TCP" || !ports.includes(port)) return [];
    if (isNeverDenied(port, container, state)) return [];
    if (familyOfBinding(binding) !== source.address.family) return [];
    const path = publishedPath(container, binding, view);
    const tcp = { ...binding, protocol };
    const packets =
      path.kind === "none"
        ? []
        : path.kind === "docker-proxy"
          ? [proxiedPacket(tcp, caller)]
          : path.to.map((to) => redirectedPacket(tcp, caller, to));
    return packets.flatMap((packet) => {
      const { action, decidedBy: judgement } = simulate(state, packet);
      const rule = judgement?.decidedBy;
      return action === "Allow" || judgement === undefined || rule === undefined
        ? []
        : [{ source, port, judgement, rule }];
    });
  });
}

function cutOddity(
  { source, port, judgement, rule }: DeniedPath,
  where: string,
  ports: readonly number[],
): Oddity {
  const what = `connect to port ${String(port)} (${judgement.network}, ${rule.rule})`;
  const advice = `allow ${ports.join(", ")} from every host, for example with a hostSelector peer`;
  const message = source.isKnown
    ? `cuts ${where}: ${source.host} could not ${what}; ${advice}`
    : `may cut ${where}: ${source.host} has no approved address, and one that no rule names could not ${what}; ${advice}, and \`seawall set host ${source.host} --address ADDRESS\``;
  return { path: placeOf(judgement), message };
}

function whereOf(controllers: readonly DockerContainer[], { name }: HostFacts): string {
  const what = controllers.length === 1 ? "a container" : "containers";
  return `the fleet from its controller, which runs in ${what} of host ${name}`;
}

/**
 * NATS and the controller, in one container or in several: who publishes any of the ports, where all of them are
 * published, or where the host itself has found that agents come there. One port alone may be anybody's.
 */
function controllersOn(
  { containers, management }: HostView,
  ports: readonly number[],
): readonly DockerContainer[] {
  const isWhole = ports.every((port) => containers.some((one) => publishes(one, port)));
  return containers.filter((container) =>
    ports.some(
      (port) =>
        publishes(container, port) &&
        (isWhole ||
          management.some((one) => one.container === container.name && one.port === port)),
    ),
  );
}

function publishes({ published }: DockerContainer, port: number): boolean {
  return published.some(({ protocol, hostPort }) => protocol === "TCP" && hostPort === port);
}

/** By the address at least that agents use. */
function isNeverDenied(
  port: number,
  { name }: DockerContainer,
  { management }: ResolvedState,
): boolean {
  return management.some((one) => one.port === port && one.container === name);
}

/** An interface that no bridge is called: names of interfaces have no blanks. */
const OUTSIDE = "outside this host";

function placeOf({ scope }: Judgement): Oddity["path"] {
  return ["spec", scope === "host" ? "egress" : scope];
}
