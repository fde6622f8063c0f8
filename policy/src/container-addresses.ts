import { addressSetOf } from "./address-set.ts";
import { addressBits, parseAddress } from "./cidr.ts";
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
  return addressSetOf(
    texts.map(parseAddress).flatMap((parsed) => {
      if (!parsed.ok) return [];
      const { family, value } = parsed.address;
      return [{ family, network: value, prefix: addressBits(family) }];
    }),
  );
}
