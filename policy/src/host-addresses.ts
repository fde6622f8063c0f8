import { addressSetOfSingles } from "./address-set.ts";
import type { AddressSet } from "./desired-state.ts";
import type { HostView } from "./host-view.ts";

/** Where what is sent to ends at the host itself, whichever of its interfaces has the address. */
export function ownAddresses({ addresses }: HostView): AddressSet {
  return addressSetOfSingles(addresses);
}
