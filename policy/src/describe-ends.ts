import {
  addressSetOf,
  intersectAddressSets,
  isEmptyAddressSet,
  subtractAddressSets,
} from "./address-set.ts";
import { type Cidr, parseCidr } from "./cidr.ts";
import { addressesOn, containersOn } from "./container-addresses.ts";
import { describeAddresses } from "./describe-addresses.ts";
import type { AddressSet, Family } from "./desired-state.ts";
import type { DockerContainer, DockerNetwork, HostView } from "./host-view.ts";
import { everyAddress } from "./reachable-sources.ts";
import { remembered } from "./remembered.ts";
import { ELSEWHERE, NEW_BRIDGE } from "./traffic-interfaces.ts";

/** Somebody that packets come from, or go to. */
export interface TrafficEnd {
  readonly text: string;
  /** Whom it is about, of those that are known. */
  readonly containers: readonly DockerContainer[];
}

/** What a host tells of its ends by. */
export interface EndsView {
  readonly family: Family;
  readonly view: HostView;
  /** Every interface that is told apart. */
  readonly interfaces: readonly string[];
}

/**
 * Who is behind these interfaces with these addresses. Nobody is behind a bridge whose network has none of them.
 * @param others at the other end: what stays on one bridge is not forwarded, and told by itself
 */
export function describeEnd(
  via: readonly string[],
  addresses: AddressSet,
  others: readonly string[],
  { interfaces, ...told }: EndsView,
): readonly TrafficEnd[] {
  const own = others.length === 1 ? others : [];
  const left = interfaces.filter((name) => !via.includes(name) && !own.includes(name));
  if (via.length > 0 && left.every(isNobodys)) return [plain(describeAddresses(addresses))];
  const ends = via
    .filter((name) => !isNobodys(name))
    .flatMap((name) => {
      const network = told.view.networks.find(({ bridge }) => bridge === name);
      return network === undefined
        ? [plain(outside(name, addresses))]
        : onNetwork(network, addresses, told);
    });
  return ends.toSorted((a, b) => (a.text < b.text ? -1 : 1));
}

/** The host itself, at these of its addresses. */
export function describeHost(addresses: AddressSet, family: Family): TrafficEnd {
  return plain(
    isEveryAddress(addresses, family)
      ? "the host itself"
      : `the host itself at ${describeAddresses(addresses)}`,
  );
}

/** A bridge that nobody knows yet is held for a moment only; what the host sends itself concerns no policy. */
function isNobodys(name: string): boolean {
  return name === NEW_BRIDGE || name === "lo";
}

function plain(text: string): TrafficEnd {
  return { text, containers: [] };
}

function outside(name: string, addresses: AddressSet): string {
  const who = describeAddresses(addresses);
  const where = name === ELSEWHERE ? "outside" : `interface ${name}`;
  if (who.startsWith("anywhere")) return who.replace("anywhere", where);
  return name === ELSEWHERE ? who : `${who} by ${where}`;
}

function onNetwork(
  network: DockerNetwork,
  addresses: AddressSet,
  { family, view }: Omit<EndsView, "interfaces">,
): readonly TrafficEnd[] {
  const { subnets, containers, named, nobodys } = peopleOf(network, view, family);
  if (isEmptyAddressSet(subnets)) return [];
  const name = `network ${network.name}`;
  if (isEveryAddress(addresses, family)) return [{ text: name, containers }];
  const own = intersectAddressSets(addresses, subnets);
  if (isEmptyAddressSet(own)) return [];
  if (isEmptyAddressSet(subtractAddressSets(subnets, addresses))) {
    return [{ text: name, containers }];
  }
  const others = subtractAddressSets(own, named);
  const isNobodysAll = isEmptyAddressSet(subtractAddressSets(nobodys, others));
  return [
    ...containers
      .filter((one) => isAnyIn(addressesOn(network, [one]), own))
      .map((one) => ({ text: `container ${one.name} of ${name}`, containers: [one] })),
    ...(isEmptyAddressSet(others)
      ? []
      : [
          plain(
            isNobodysAll
              ? `addresses of no container in ${name}`
              : `${describeAddresses(others)} in ${name}`,
          ),
        ]),
  ];
}

/** Who is there, of one family. Asked for every change. */
const peopleOf = remembered((network: DockerNetwork, view: HostView, family: Family) => {
  const containers = containersOn(network, view);
  const subnets = subnetsOf(network, family);
  const named = addressesOn(network, containers);
  return { subnets, containers, named, nobodys: subtractAddressSets(subnets, named) };
});

/** Sets are canonical. */
function isEveryAddress({ v4, v6 }: AddressSet, family: Family): boolean {
  return family === "IPv4" ? v4[0] === "0.0.0.0/0" : v6[0] === "::/0";
}

function isAnyIn(some: AddressSet, all: AddressSet): boolean {
  return !isEmptyAddressSet(intersectAddressSets(some, all));
}

/** Where they are not known, any. A network without addresses of a family has none. */
function subnetsOf({ subnets }: DockerNetwork, family: Family): AddressSet {
  if (subnets.length === 0) return everyAddress[family];
  const parsed = subnets
    .map(parseCidr)
    .flatMap((one): readonly Cidr[] => (one.ok ? [one.cidr] : []));
  return addressSetOf(parsed.filter((cidr) => cidr.family === family));
}
