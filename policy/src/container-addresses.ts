import { addressSetOfSingles } from "./address-set.ts";
import type { AddressSet } from "./desired-state.ts";
import type { DockerContainer, DockerNetwork, HostView } from "./host-view.ts";

export function containersOn(
  { id }: DockerNetwork,
  { containers }: HostView,
): readonly DockerContainer[] {
  return containers.filter(({ attachments }) =>
    attachments.some(({ networkId }) => networkId === id),
  );
}

/** The addresses that these containers have on the network. One that cannot be read is left out, and so held. */
export function addressesOn(
  { id }: DockerNetwork,
  containers: readonly DockerContainer[],
): AddressSet {
  const texts = containers.flatMap(({ attachments }) =>
    attachments.flatMap(({ networkId, addresses }) => (networkId === id ? addresses : [])),
  );
  return addressSetOfSingles(texts);
}

/**
 * The containers of the network that have an address of this one, itself first: those that share a network
 * namespace. No packet tells which of them it is for, so what is said of one is said of all.
 */
export function sharersOn(
  network: DockerNetwork,
  view: HostView,
): (container: DockerContainer) => readonly DockerContainer[] {
  const addressesOf = ({ attachments }: DockerContainer) =>
    attachments.flatMap(({ networkId, addresses }) => (networkId === network.id ? addresses : []));
  const byAddress = new Map<string, DockerContainer[]>();
  for (const container of containersOn(network, view)) {
    for (const address of addressesOf(container)) {
      byAddress.set(address, [...(byAddress.get(address) ?? []), container]);
    }
  }
  return (container) => [
    ...new Set([
      container,
      ...addressesOf(container).flatMap((address) => byAddress.get(address) ?? []),
    ]),
  ];
}
