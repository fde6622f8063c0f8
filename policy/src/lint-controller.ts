import { type Address, cidrOfText } from "./cidr.ts";
import { addressesOn } from "./container-addresses.ts";
import type { DesiredState } from "./desired-state.ts";
import type { HostFacts } from "./facts.ts";
import type { DockerContainer } from "./host-view.ts";
import type { Oddity } from "./lint-rules.ts";
import { resolve } from "./resolve.ts";
import type { ResolvedState } from "./resolved-state.ts";
import { type Judgement, type Packet, simulate } from "./simulate.ts";

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
 * the change. Only approved addresses are tried: from where else hosts come is not known.
 */
export function cutPaths(
  hosts: readonly HostFacts[],
  { ports }: ControllerPath,
  desiredOf: (host: HostFacts) => DesiredState,
): readonly CutPath[] {
  return hosts.flatMap((home) => {
    const own = home.view.containers.filter((container) => isController(container, ports));
    if (own.length === 0) return [];
    const state = resolve(desiredOf(home), home.view);
    const found = own.flatMap((container) =>
      hosts
        .filter(({ name }) => name !== home.name)
        .flatMap((client) =>
          packetsOf(container, ports, home, client).flatMap((packet) => {
            if (isNeverDenied(packet, container, state)) return [];
            const { action, decidedBy } = simulate(state, packet);
            const rule = decidedBy?.decidedBy;
            return action === "Allow" || decidedBy === undefined || rule === undefined
              ? []
              : [{ client, home, packet, decidedBy, rule }];
          }),
        ),
    );
    // One line a policy: the first connection is as good as any.
    const policies = [...new Set(found.map(({ rule }) => rule.policy))];
    return policies.flatMap((policy) => {
      const first = found.find(({ rule }) => rule.policy === policy);
      if (first === undefined) return [];
      const { client, packet, decidedBy, rule } = first;
      const message = `cuts the fleet from its controller, which runs in a container of host ${home.name}: ${client.name} could not connect to port ${String(packet.publishedPort)} (${decidedBy.network}, ${rule.rule}); allow ${ports.join(", ")} from every host, for example with a hostSelector peer`;
      return [{ policy, oddity: { path: placeOf(decidedBy), message } }];
    });
  });
}

function isController({ published }: DockerContainer, ports: readonly number[]): boolean {
  return (
    ports.length > 0 &&
    ports.every((port) =>
      published.some(({ protocol, hostPort }) => protocol === "TCP" && hostPort === port),
    )
  );
}

/** By the address at least that agents use. */
function isNeverDenied(
  { publishedPort }: Packet,
  { name }: DockerContainer,
  { management }: ResolvedState,
): boolean {
  return management.some(({ port, container }) => port === publishedPort && container === name);
}

/** One packet for each port, address of the client and bridge that Docker may lead the port through. */
function packetsOf(
  container: DockerContainer,
  ports: readonly number[],
  { view }: HostFacts,
  client: HostFacts,
): readonly Packet[] {
  const sources = client.addresses
    .map(cidrOfText)
    .map(({ family, network }): Address => ({ family, value: network }));
  const ends = view.networks.flatMap((network) => {
    const { v4, v6 } = addressesOn(network, [container]);
    const { bridge } = network;
    return bridge === undefined
      ? []
      : [...v4, ...v6].map(cidrOfText).map(({ family, network: value }) => ({
          bridge,
          address: { family, value },
        }));
  });
  return container.published
    .filter(({ protocol, hostPort }) => protocol === "TCP" && ports.includes(hostPort))
    .flatMap(({ hostPort, containerPort }) =>
      sources.flatMap((source) =>
        ends
          .filter(({ address }) => address.family === source.family)
          .map(({ bridge, address }) => ({
            protocol: "TCP" as const,
            source,
            destination: address,
            destinationPort: containerPort,
            publishedPort: hostPort,
            in: OUTSIDE,
            out: bridge,
          })),
      ),
    );
}

/** An interface that no bridge is called: names of interfaces have no blanks. */
const OUTSIDE = "outside this host";

function placeOf({ scope }: Judgement): Oddity["path"] {
  return ["spec", scope === "host" ? "egress" : scope];
}
