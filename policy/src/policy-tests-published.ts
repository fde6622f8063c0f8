import { addressSetOfSingles } from "./address-set.ts";
import { type Address, singleAddress } from "./cidr.ts";
import type { AddressSet, Family, PortMatch } from "./desired-state.ts";
import type { DockerContainer, HostView, PublishedPort } from "./host-view.ts";
import { clientsThroughProxy, containersThroughProxy } from "./limit-words.ts";
import type { TestPacket } from "./policy-tests-packets.ts";
import { protocolsOf } from "./policy-tests-ports.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { TestWay } from "./policy-tests-ways.ts";
import {
  type BridgeAddress,
  bridgeAddresses,
  familyOfBinding,
  isBridgeNetwork,
  isWildcard,
  publishedPath,
  publishedPathFrom,
} from "./published-path.ts";
import type { Packet } from "./simulate.ts";

/** A published port that the test may mean. No policy names SCTP, and no test. */
export interface MeantBinding {
  readonly container: DockerContainer;
  readonly binding: PublishedPort & { readonly protocol: "TCP" | "UDP" };
}

/**
 * From an address those of the containers that are meant; between containers only if the test says so;
 * to an address those of the whole host, which may have it.
 */
export function meantBindings(
  test: PolicyTest,
  way: TestWay,
  { containers }: HostView,
): readonly MeantBinding[] {
  const { to } = test;
  const protocols = protocolsOf(test);
  const isAtHost = way.to.kind === "block";
  if (way.to.kind === "bridge" && way.from.kind === "bridge" && to.publishedPort === undefined) {
    return [];
  }
  const hostPort = isAtHost ? to.port : to.publishedPort;
  const containerPort = isAtHost ? undefined : to.port;
  return (way.to.kind === "bridge" ? way.to.containers : containers).flatMap((container) =>
    container.published.flatMap((binding) => {
      const { protocol } = binding;
      return protocol !== "SCTP" &&
        protocols.includes(protocol) &&
        (hostPort === undefined || binding.hostPort === hostPort) &&
        (containerPort === undefined || binding.containerPort === containerPort)
        ? [{ container, binding: { ...binding, protocol } }]
        : [];
    }),
  );
}

/** The ports of the host that they take, as a rule would name them. */
export function hostPortsOf(meant: readonly MeantBinding[]): readonly PortMatch[] {
  return meant.map(({ binding: { protocol, hostPort } }) => ({
    ...{ kind: "port", protocol, ports: { first: hostPort, last: hostPort } },
  }));
}

/** Those that are published on one address of the host only. */
export function hostAddressesOf(meant: readonly MeantBinding[]): readonly AddressSet[] {
  const alone = meant.map(({ binding }) => binding).filter((binding) => !isWildcard(binding));
  return [...new Set(alone.map(({ hostAddress }) => hostAddress))].map((address) =>
    addressSetOfSingles([address]),
  );
}

/** A client that calls a published port. */
export interface Caller {
  readonly source: Address;
  readonly madeUp: boolean;
  /** By which interface it comes. */
  readonly in: string;
  /** What it calls; absent: whichever address of the host. */
  readonly called?: Address;
}

/** What policies are asked about when it is called, on each way that Docker may lead it; none: nobody takes it. */
export function throughBinding(
  { container, binding }: MeantBinding,
  { source, madeUp, in: enters, called }: Caller,
  way: TestWay,
  view: HostView,
  isGuarded: boolean,
): readonly TestPacket[] {
  const { protocol, hostPort, containerPort } = binding;
  const { family } = source;
  if (familyOfBinding(binding) !== family) return [];
  const path =
    way.from.kind === "bridge"
      ? publishedPathFrom(way.from.network, container, binding, view)
      : publishedPath(container, binding, view);
  if (path.kind === "none") return [];
  const forwarded = ({ network, address }: BridgeAddress): Packet => ({
    ...{ protocol, source, destination: address, in: enters, out: network.bridge },
    ...{ destinationPort: containerPort, publishedPort: hostPort },
  });
  const common = called === undefined ? { madeUp } : { madeUp, called };
  if (path.kind === "forwarded") {
    return path.to.map((to) => ({ ...common, packet: forwarded(to) }));
  }
  const met: Packet = {
    ...{ protocol, source, destination: called ?? boundAddress(binding, family), in: enters },
    destinationPort: hostPort,
  };
  if (isGuarded) return [{ ...common, packet: met }];
  const what = `${String(hostPort)}/${protocol} of ${container.name}`;
  const ungoverned =
    way.from.kind === "bridge"
      ? containersThroughProxy(what)
      : clientsThroughProxy(what, family, view.engine.dockerRules[family]);
  const own = bridgeAddresses(container, view).filter(({ address }) => address.family === family);
  const to = own.length > 0 ? own : unaddressed(container, family, view);
  return to.map((at) => ({
    ...{ ...common, madeUp: madeUp || own.length === 0 },
    ...{ packet: forwarded(at), around: { ungoverned, met } },
  }));
}

/** Docker gave the container no address of this IP version, so nobody's stands for it. */
function unaddressed(
  { attachments }: DockerContainer,
  family: Family,
  { networks }: HostView,
): readonly BridgeAddress[] {
  const network = networks
    .filter(isBridgeNetwork)
    .find(({ id }) => attachments.some(({ networkId }) => networkId === id));
  return network === undefined ? [] : [{ network, address: anyAddress(family) }];
}

/** That of every one, where it is bound to every one. */
function boundAddress({ hostAddress }: PublishedPort, family: Family): Address {
  return singleAddress(hostAddress) ?? anyAddress(family);
}

function anyAddress(family: Family): Address {
  return { family, value: 0n };
}
