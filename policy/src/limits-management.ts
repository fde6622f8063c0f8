import type { DesiredState } from "./desired-state.ts";
import { hostOptionsOf } from "./host-options.ts";
import type { DockerContainer, HostView } from "./host-view.ts";
import type { Limit } from "./limit.ts";
import { managementGuard, managementGuardOff } from "./limit-words.ts";
import { type Ground, type LimitedPart, limitsFor, restricts } from "./limits-ground.ts";
import { type BridgeAddress, bridgeAddresses } from "./published-path.ts";
import { everyAddress, reachableSources } from "./reachable-sources.ts";
import { resolve } from "./resolve.ts";
import { resolveManagement } from "./resolve-management.ts";
import type { ResolvedBridge, ResolvedManagement, ResolvedState } from "./resolved-state.ts";
import { selectsContainer } from "./selects-container.ts";
import { type Packet, simulate } from "./simulate.ts";
import { unnamedAddress } from "./unnamed-address.ts";

/** What the management guard lets through although policies deny it; nothing where they do not. */
export function managementLimits(
  desired: DesiredState,
  view: HostView,
  grounds: readonly Ground[],
): readonly Limit[] {
  if (hostOptionsOf(desired.options).managementGuard === "Off") {
    return [{ ...managementGuardOff, policies: [] }];
  }
  if (view.management.length === 0) return [];
  const options = { ...desired.options, managementGuard: "Off" } as const;
  const unguarded = { state: resolve({ ...desired, options }, view), view };
  const parts = resolveManagement(view)
    .map((one) => partOf(one, unguarded, grounds))
    .filter(({ policies }) => policies.length > 0);
  return limitsFor(parts, managementGuard);
}

/** The host as it would be without the guard. */
interface Unguarded {
  readonly state: ResolvedState;
  readonly view: HostView;
}

function partOf(
  { port, container: name }: ResolvedManagement,
  unguarded: Unguarded,
  grounds: readonly Ground[],
): LimitedPart {
  const { state, view } = unguarded;
  const container = view.containers.find((one) => one.name === name);
  const connections = container === undefined ? [] : connectionsTo(container, port, view);
  const isClosed = connections.some((connection) => deniesSomebody(connection, state));
  const closing = state.bridges.filter(({ bridge, egress }) => {
    if (egress === undefined) return false;
    return connections.some((connection) => deniesFrom(bridge, connection, unguarded));
  });
  const policies = grounds.filter(
    (ground) =>
      (isClosed && container !== undefined && shutsIn(ground, container)) ||
      closing.some((bridge) => shutsOut(ground, bridge)),
  );
  return {
    what: `${String(port)}/TCP of ${name}`,
    policies: policies.map(({ policy }) => policy.name),
  };
}

type Connection = Pick<Packet, "destination"> & {
  readonly protocol: "TCP";
  readonly destinationPort: number;
  readonly publishedPort: number;
  readonly out: string;
};

/** By whichever of its networks Docker leads. */
function connectionsTo(
  container: DockerContainer,
  port: number,
  view: HostView,
): readonly Connection[] {
  return container.published
    .filter(({ protocol, hostPort }) => protocol === "TCP" && hostPort === port)
    .flatMap(({ containerPort }) =>
      bridgeAddresses(container, view).map(({ network, address }: BridgeAddress) => ({
        ...{ protocol: "TCP" as const, destination: address, destinationPort: containerPort },
        ...{ publishedPort: port, out: network.bridge },
      })),
    );
}

function deniesSomebody({ out, ...connection }: Connection, { bridges }: ResolvedState): boolean {
  const { ingress } = bridges.find(({ bridge }) => bridge === out) ?? {};
  const every = everyAddress[connection.destination.family];
  return JSON.stringify(reachableSources(ingress, connection)) !== JSON.stringify(every);
}

function deniesFrom(bridge: string, connection: Connection, { state, view }: Unguarded): boolean {
  const { family } = connection.destination;
  const known = view.containers
    .flatMap((container) => bridgeAddresses(container, view))
    .filter(({ network, address }) => network.bridge === bridge && address.family === family)
    .map(({ address }) => address);
  const sources = known.length > 0 ? known : [unnamedAddress(state, family)];
  return sources.some((source) => {
    const { action, decidedBy } = simulate(state, { ...connection, source, in: bridge });
    return action !== "Allow" && decidedBy?.scope === "egress";
  });
}

function shutsIn({ policy, networks }: Ground, container: DockerContainer): boolean {
  return (
    restricts(policy.ingress) &&
    selectsContainer(policy.containerSelector, container) &&
    container.attachments.some(({ networkId }) => networks.some(({ id }) => id === networkId))
  );
}

function shutsOut({ policy, networks }: Ground, { networkId }: ResolvedBridge): boolean {
  return restricts(policy.egress) && networks.some(({ id }) => id === networkId);
}
