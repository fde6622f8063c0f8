import { addressSetOfSingles } from "./address-set.ts";
import type { AddressSet, Family, PortMatch } from "./desired-state.ts";
import type { DockerContainer, HostView, PublishedPort } from "./host-view.ts";
import { clientsThroughProxy, containersThroughProxy } from "./limit-words.ts";
import { protocolsOf } from "./policy-tests-ports.ts";
import type { PolicyTest } from "./policy-tests-schema.ts";
import type { TestWay } from "./policy-tests-ways.ts";
import { type Caller, proxiedPacket, redirectedPacket } from "./published-packets.ts";
import {
  bridgeAddresses,
  familyOfBinding,
  isBridgeNetwork,
  isWildcard,
  publishedPath,
  publishedPathFrom,
} from "./published-path.ts";
import type { TestPacket } from "./test-packet.ts";

/** A published port that the test may mean. No policy names SCTP, and no test. */
export interface MeantBinding {
  readonly container: DockerContainer;
  readonly binding: PublishedPort & { readonly protocol: "TCP" | "UDP" };
}

/**
 * From an address those of the containers that are meant; between containers only if the test says so;
 * from a container to an address those of the whole host, which may have it.
 */
export function meantBindings(
  test: PolicyTest,
  way: TestWay,
  { containers }: HostView,
): readonly MeantBinding[] {
  const { to } = test;
  const protocols = protocolsOf(test);
  const isAtHost = way.to.kind === "block";
  if (way.to.kind === way.from.kind && (isAtHost || to.publishedPort === undefined)) return [];
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

/** What policies are asked about when it is called, on each way that Docker may lead it; none: nobody takes it. */
export function throughBinding(
  { container, binding }: MeantBinding,
  caller: Caller & { readonly madeUp: boolean },
  way: TestWay,
  view: HostView,
  isGuarded: boolean,
): readonly TestPacket[] {
  const { called, madeUp } = caller;
  const { family } = caller.source;
  if (familyOfBinding(binding) !== family) return [];
  const path =
    way.from.kind === "bridge"
      ? publishedPathFrom(way.from.network, container, binding, view)
      : publishedPath(container, binding, view);
  const common = called === undefined ? { madeUp } : { madeUp, called };
  switch (path.kind) {
    case "none":
      return [];
    case "forwarded":
      return path.to.map((to) => ({ ...common, packet: redirectedPacket(binding, caller, to) }));
    case "docker-proxy": {
      const met = proxiedPacket(binding, caller);
      if (isGuarded) return [{ ...common, packet: met }];
      const what = `${String(binding.hostPort)}/${binding.protocol} of ${container.name}`;
      const ungoverned =
        way.from.kind === "bridge"
          ? containersThroughProxy(what)
          : clientsThroughProxy(what, family, view.engine.dockerRules[family]);
      return proxiedEnds(container, family, view).map(({ at, isNobodys }) => ({
        ...{ ...common, madeUp: madeUp || isNobodys },
        ...{ packet: redirectedPacket(binding, caller, at), around: { ungoverned, met } },
      }));
    }
  }
}

/** Where Docker would redirect to. If it gave the container no address of this IP version, nobody's stands for it. */
function proxiedEnds(container: DockerContainer, family: Family, view: HostView) {
  const own = bridgeAddresses(container, view).filter(({ address }) => address.family === family);
  if (own.length > 0) return own.map((at) => ({ at, isNobodys: false }));
  const network = view.networks
    .filter(isBridgeNetwork)
    .find(({ id }) => container.attachments.some(({ networkId }) => networkId === id));
  return network === undefined
    ? []
    : [{ at: { network, address: { family, value: 0n } }, isNobodys: true }];
}
